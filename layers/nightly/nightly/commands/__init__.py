"""Commands of `python -m nightly`, one a module: `add` gives a parser its options and its work."""
