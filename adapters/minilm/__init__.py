"""A small embedding model on this machine: all-MiniLM-L6-v2 from a wheel, computed with numpy."""
