"""Stored papers by words, filters and meaning, on either database."""
