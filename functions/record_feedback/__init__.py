"""Record the feedback of the queue with Amazon Personalize."""
