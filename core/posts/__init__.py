"""The message tree: posts before they belong to a platform, and the messages that come of them."""
