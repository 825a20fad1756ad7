"""One file per command: how it is typed, who may give it, and its answer."""
