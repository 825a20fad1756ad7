"""Text as such: words, sentences, patterns, and what makes text readable. It knows nothing of papers."""
