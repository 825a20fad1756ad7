"""The running program: command line, settings, composition and lifecycle."""
