"""What people keep, say and do, and how it is exported and deleted."""
