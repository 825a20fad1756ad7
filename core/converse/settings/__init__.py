"""What a channel's digests are set to: read from words, told in sentences, changed, saved and taken back."""
