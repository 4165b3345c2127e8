"""Use cases of the nightly build."""
