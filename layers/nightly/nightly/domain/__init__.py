"""Rules of the nightly build: pure, without engine, storage or clock."""
