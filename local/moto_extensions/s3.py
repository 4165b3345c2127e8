"""S3 as AWS behaves, where moto does otherwise.

What moto 5.2 does: it enforces bucket policies but not their conditions, so the statement that
denies plain HTTP (`aws:SecureTransport` is false) denies everything. The local stack speaks plain
HTTP on the loopback device and stands for a service behind TLS, so that statement never applies.
"""

import json
from typing import Any

from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.models import FakeBucket

from local.moto_extensions.patching import replace_attribute


def install() -> None:
    """Repair S3 for the whole process; once is enough, twice does no harm."""
    replace_attribute(FakeBucket, "get_permission", _get_permission)


def _get_permission(self: FakeBucket, action: str, resource: str) -> PermissionResult:
    """Evaluate the bucket's policy without the statements about the transport."""
    if self.policy is None:
        return PermissionResult.NEUTRAL
    policy = json.loads(self.policy)
    policy["Statement"] = [s for s in policy["Statement"] if not _denies_plain_http(s)]
    return IAMPolicy(json.dumps(policy)).is_action_permitted(action, resource)


def _denies_plain_http(statement: dict[str, Any]) -> bool:
    """Say whether a statement applies only to requests that did not come through TLS."""
    conditions = statement.get("Condition", {}).get("Bool", {})
    return str(conditions.get("aws:SecureTransport", "true")).lower() == "false"
