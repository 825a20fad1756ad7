"""The use case that reads days gone by."""
