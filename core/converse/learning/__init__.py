"""What a digest learns of its channel: shown, corrected, and taught with papers."""
