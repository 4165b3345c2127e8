"""What make runs that needs more than a line of shell."""
