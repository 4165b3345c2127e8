"""The vocabularies of others: each translates its messages into points (docs/dialects.md)."""
