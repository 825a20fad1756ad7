"""Operating: the running processes, which of them serves an installation, and what the operator is told."""
