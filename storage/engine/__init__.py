"""The databases themselves: connections, transactions, what goes wrong in them, and statements that both understand."""
