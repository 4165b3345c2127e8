"""The mutants, each beside those of its own area. `tests.mutants.table` puts them in order."""
