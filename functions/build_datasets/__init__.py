"""Make the archive ready for training, and decide what the night imports."""
