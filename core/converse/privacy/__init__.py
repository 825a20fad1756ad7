"""What is kept of people and places: told, exported, deleted."""
