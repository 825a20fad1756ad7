"""Which revision a database is at, and its way up to ours."""
