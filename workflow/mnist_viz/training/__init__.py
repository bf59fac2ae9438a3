"""What the weights and scores depend on, and nothing else: the numeric core, keyed by its code (see job.digest)."""
