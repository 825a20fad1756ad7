"""Which records are one paper, and what a listing changes of what is known."""
