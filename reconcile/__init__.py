"""The account of the archive for people: `python -m reconcile` (docs/conservation.md)."""
