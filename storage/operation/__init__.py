"""Running processes, costs, what platforms handed out, and the care of a database as a whole."""
