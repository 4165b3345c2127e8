"""Record the playback activities of the stream with Amazon Personalize."""
