"""A channel's interest in plain words: taken apart, looked for in papers, and fitted to categories.

`units` says what is looked for, `occurrences` where a paper has it, `weighing` how much that says. `vocabulary` knows
how common terms are and which go together, `relations` learns the latter from the papers that are stored.
"""
