"""What an operator does by hand: look at what was put aside, mend it, and give it back.

Run as `python -m operations`, on AWS or on the local stack; never deployed. It may use all of
`ingestion`, and nothing of `local` or of the tests. docs/operations.md is its manual.
"""
