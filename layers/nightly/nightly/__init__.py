"""The nightly build: from the archive of interactions to files that Personalize imports."""
