"""Full texts of papers: where they are fetched, and the separate process in which HTML and PDF are taken apart."""
