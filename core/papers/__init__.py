"""Papers: values, identifiers, categories and names; which records are one paper, and what happens to a paper."""
