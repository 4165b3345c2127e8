"""Record who users are and what items are with Amazon Personalize."""
