"""What channels set, and what was learned of them."""
