"""The step in which people talk to Paperboy: commands, reactions, reading lists, settings."""
