"""Chat platforms: each turns the neutral post tree into its own messages, and what people do into commands."""
