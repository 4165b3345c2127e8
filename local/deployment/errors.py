"""What a deployment can fail with."""


class DeploymentError(Exception):
    """The template cannot be deployed into the local stack; the message says why."""
