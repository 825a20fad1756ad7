"""The step that chooses papers for a channel: its rule drops, its interest ranks, and every verdict keeps a reason."""
