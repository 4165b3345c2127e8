"""Engines and storage: the only place that knows DuckDB, Spark, boto3 and the file system."""
