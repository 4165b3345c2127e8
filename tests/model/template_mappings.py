"""The event source mappings as the template has them, so that the model is of what is deployed."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from local.deployment.template import read_template
from local.event_source_mappings.mapping import EventSourceMapping, read_mapping

FAILED_BATCHES: Final = "failed-batches"
_TEMPLATE: Final = Path(__file__).parents[2] / "template.yaml"
_ACCOUNT: Final = "eu-west-1:123456789012"


@dataclass(frozen=True, slots=True)
class Deployed:
    """One function of the template, and one of its mappings."""

    mapping: EventSourceMapping
    timeout_s: float


def deployed(function: str, source: str, **changes: Any) -> Deployed:
    """A function and its mapping on a stream or queue; `changes` are made to the mapping.

    Args:
        function: Logical id of the function.
        source: Name of its event in the template.
        changes: Settings of the mapping that a test wants other than deployed.
    """
    properties = resources()[function]["Properties"]
    event = properties["Events"][source]
    is_stream = event["Type"] == "Kinesis"
    source_arn = f"arn:aws:kinesis:{_ACCOUNT}:stream/activities"
    on_failure = {"OnFailure": {"Destination": f"arn:aws:s3:::{FAILED_BATCHES}"}}
    configuration = {
        **event["Properties"],
        "UUID": function,
        "FunctionArn": f"arn:aws:lambda:{_ACCOUNT}:function:{function}",
        "EventSourceArn": source_arn if is_stream else f"arn:aws:sqs:{_ACCOUNT}:{source}",
        "DestinationConfig": on_failure if "DestinationConfig" in event["Properties"] else None,
        # A parameter of the template, and no rule of delivery.
        "ScalingConfig": None,
        **changes,
    }
    return Deployed(read_mapping(configuration), properties["Timeout"])


@cache
def resources() -> dict[str, Any]:
    """The resources of the template."""
    return read_template(_TEMPLATE)["Resources"]
