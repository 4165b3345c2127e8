"""What moto lacks, and repairs of what it gets wrong, each in a module of its own."""
