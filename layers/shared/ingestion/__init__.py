"""Personalize Video Ingest: from what people do in a video service to Personalize interactions."""
