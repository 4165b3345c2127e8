"""`make nightly`: whole nights of the deployed system, on this machine, after the demo's day."""
