"""How sources were read: their states, refreshes and backfills."""
