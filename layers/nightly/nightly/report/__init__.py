"""The quality report: one page a build, which opens without a network."""
