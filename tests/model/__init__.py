"""The real use cases under a model of Lambda and its sources, in simulated time."""
