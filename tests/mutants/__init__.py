"""Named faults of our own code, each of which a test has to notice."""
