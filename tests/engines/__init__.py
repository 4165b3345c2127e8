"""DuckDB and Spark beside each other: the same statements, the same rows."""
