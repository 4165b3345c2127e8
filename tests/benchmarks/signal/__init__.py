"""Does a clean signal matter? Viewers of a known taste, three logs, one recommender."""
