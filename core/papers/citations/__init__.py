"""Papers as entries of a bibliography: what reference managers and LaTeX import.

Pure. `entry` says what a paper is cited as, `people` takes authors' names apart, `keys` gives each entry its key; there
is one module per format, and `export` lists the formats.
"""
