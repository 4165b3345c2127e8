"""The use cases, one module each, named as their function folders; ports are arguments."""
