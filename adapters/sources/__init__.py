"""Where papers come from: each source turns its own format into announcements."""
