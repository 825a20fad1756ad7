"""Who wants what, when it is due, and what was planned, decided and sent."""
