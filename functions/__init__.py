"""The Lambda functions: one folder a use case, each with one thin handler."""
