"""What a channel or a person picks, learned from what they saved: a profile, and the scores that it gives.

`features` says what of papers counts, `learn` makes a profile of examples, `score` applies it, `companions` adds what
other people saved. Everything here is pure. It imports numpy, scipy and scikit-learn: import it where it is used.
"""
