"""A channel's rule: read, judged over all papers of a day at once, explained, linted; and lists that rules share."""
