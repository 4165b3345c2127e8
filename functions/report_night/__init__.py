"""Complete the record of a night, write its report, say in words what became of it."""
