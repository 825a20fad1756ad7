"""Several processes on one PostgreSQL database: the clock defers jobs, and whoever may do one does it."""
