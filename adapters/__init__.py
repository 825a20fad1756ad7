"""The outside world, one SDK or service per module."""
