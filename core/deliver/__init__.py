"""The step that posts digests: compose, plan, send, and the ledger that remembers it all."""
