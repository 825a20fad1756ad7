"""What the command line prints: tables and posts for people, JSON for scripts."""
