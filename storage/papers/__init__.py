"""Papers: what a listing changes of them, where they come from, and what was written and measured of them."""
