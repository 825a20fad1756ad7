"""What shows, watches and counts the running program: for whoever operates it."""
