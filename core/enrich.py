"""The use case that asks indexes what they know of papers."""
