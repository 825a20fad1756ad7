"""The product in plain Python: values, decisions and use cases; it does no input or output and knows no SDK."""
