"""How good is the program at its tasks? Measured on labelled data that lies beside the project, never shipped with it.

`paperboy eval` calls these modules; each reads one kind of data and measures what the service itself uses.
"""
