"""The step that says in a few sentences what a paper is about."""
