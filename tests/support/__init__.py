"""Builders and fakes that the suites share."""
