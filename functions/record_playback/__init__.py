"""Record the playback activities of the stream with Amazon Personalize."""

from ingestion.garbage import look_for_garbage_seldom

look_for_garbage_seldom()
