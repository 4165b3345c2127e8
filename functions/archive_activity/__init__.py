"""Archive every activity of the stream."""
