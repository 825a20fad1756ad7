"""The terminal: the platform that every machine has, drawn with rich."""
