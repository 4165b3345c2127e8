"""Account for past hours of the archive, and say what is missing."""
