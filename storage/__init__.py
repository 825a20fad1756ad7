"""Remembering: one database, SQLite or PostgreSQL, through one code path."""
