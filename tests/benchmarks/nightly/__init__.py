"""The nightly build beside a pandas script that does the same, each in processes of its own."""
