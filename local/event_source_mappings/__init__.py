"""Event source mappings on this machine: Kinesis and SQS to Lambda, as Lambda documents it.

Speaks boto3 only, so that it runs against any endpoint that has the services.
"""

from local.event_source_mappings.errors import UnsupportedMappingError
from local.event_source_mappings.pace import Pace
from local.event_source_mappings.supervisor import EventSourceMappings

__all__ = ["EventSourceMappings", "Pace", "UnsupportedMappingError"]
