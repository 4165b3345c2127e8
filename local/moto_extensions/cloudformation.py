"""The CloudFormation types and properties of our template that moto does not have.

What moto 5.2 does:

* a type it does not know: it warns, skips the resource and calls the stack complete. The types here
  are those of the template; the deployer refuses any other unknown one. CloudFormation finds a type
  among the direct subclasses of `CloudFormationModel`;
* `Ref` of a layer gives no ARN, which breaks every update of a function with layers;
* a stream's mode and encryption are ignored.
"""

import json
from functools import cache
from typing import Any, ClassVar, Self

from moto.awslambda.models import LayerVersion
from moto.cloudformation import parsing
from moto.cloudformation.exceptions import UnformattedGetAttTemplateException
from moto.cloudwatch.models import cloudwatch_backends
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.common_models import CloudFormationModel
from moto.emrserverless.models import EMRServerlessBackend, emrserverless_backends
from moto.kinesis.models import Stream, kinesis_backends
from moto.s3.models import s3_backends
from moto.scheduler.models import Schedule, scheduler_backends
from moto.sqs.models import sqs_backends
from moto.utilities.utils import get_partition

from local.moto_extensions.patching import add_attribute, replace_attribute


class DeclaredResource:
    """What the types below share: they are known by one physical id and are put again on update."""

    attributes: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, physical_id: str, account_id: str, region_name: str) -> None:
        self.physical_resource_id = physical_id
        self.account_id = account_id
        self.region_name = region_name

    @staticmethod
    def cloudformation_name_type() -> str:
        """Name the property that holds the physical name; empty, as there is none."""
        return ""

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        """Say whether `Fn::GetAtt` knows an attribute."""
        return attr in cls.attributes

    def get_cfn_attribute(self, attribute_name: str) -> str:
        """Resolve `Fn::GetAtt`; no type here has an attribute unless it says so."""
        del attribute_name
        raise UnformattedGetAttTemplateException

    def put(self, properties: dict[str, Any]) -> None:
        """Create or replace what the resource stands for."""
        raise NotImplementedError

    def delete(self, account_id: str, region_name: str) -> None:
        """Take the resource away."""
        raise NotImplementedError

    def is_created(self) -> bool:
        """Say whether the resource is ready, which these are at once."""
        return True

    @classmethod
    def create_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
        **_kwargs: Any,  # noqa: ANN401 - moto hands over ids nobody needs here
    ) -> Self:
        """Create the resource on moto's behalf."""
        resource = cls(resource_name, account_id, region_name)
        resource.put(cloudformation_json["Properties"])
        return resource

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Self,
        new_resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> Self:
        """Put the resource again under the physical id it has."""
        del new_resource_name, account_id, region_name
        original_resource.put(cloudformation_json["Properties"])
        return original_resource


class _PutMetricAlarm(CloudWatchResponse):
    """A PutMetricAlarm request that came from a template instead of over HTTP."""

    def __init__(self, parameters: dict[str, Any], account_id: str, region_name: str) -> None:
        super().__init__()
        self._parameters = parameters
        self.current_account = account_id
        self.region = region_name

    def _get_param(self, param_name: str, if_none: Any = None) -> Any:  # noqa: ANN401 - moto's signature
        return self._parameters.get(param_name, if_none)


class CloudWatchAlarm(DeclaredResource, CloudFormationModel):
    """An alarm. It is stored and listed but never changes its state."""

    attributes = frozenset({"Arn"})

    @staticmethod
    def cloudformation_type() -> str:
        """Name the type in templates."""
        return "AWS::CloudWatch::Alarm"

    @staticmethod
    def cloudformation_name_type() -> str:
        """Name the property that holds the physical name."""
        return "AlarmName"

    def put(self, properties: dict[str, Any]) -> None:
        """Put the alarm as the API does, whose parameters have the names of the properties."""
        named = {**properties, "AlarmName": self.physical_resource_id}
        _PutMetricAlarm(named, self.account_id, self.region_name).put_metric_alarm()

    def get_cfn_attribute(self, attribute_name: str) -> str:
        """Resolve the alarm's ARN."""
        if attribute_name not in self.attributes:
            raise UnformattedGetAttTemplateException
        backend = cloudwatch_backends[self.account_id][self.region_name]
        return backend.alarms[self.physical_resource_id].alarm_arn

    def delete(self, account_id: str, region_name: str) -> None:
        """Delete the alarm."""
        cloudwatch_backends[account_id][region_name].delete_alarms([self.physical_resource_id])


class S3BucketPolicy(DeclaredResource, CloudFormationModel):
    """The policy of one bucket, which moto then enforces (see `local.moto_extensions.s3`)."""

    @staticmethod
    def cloudformation_type() -> str:
        """Name the type in templates."""
        return "AWS::S3::BucketPolicy"

    def put(self, properties: dict[str, Any]) -> None:
        """Put the policy; the bucket's name is what `Ref` gives."""
        self.physical_resource_id = properties["Bucket"]
        backend = s3_backends[self.account_id][get_partition(self.region_name)]
        policy = json.dumps(properties["PolicyDocument"]).encode()
        backend.put_bucket_policy(self.physical_resource_id, policy)

    def delete(self, account_id: str, region_name: str) -> None:
        """Delete the policy."""
        backend = s3_backends[account_id][get_partition(region_name)]
        backend.delete_bucket_policy(self.physical_resource_id)


class SqsQueuePolicy(DeclaredResource, CloudFormationModel):
    """The policy of some queues; moto shows it and does not enforce it."""

    @staticmethod
    def cloudformation_type() -> str:
        """Name the type in templates."""
        return "AWS::SQS::QueuePolicy"

    def __init__(self, physical_id: str, account_id: str, region_name: str) -> None:
        super().__init__(physical_id, account_id, region_name)
        self._queue_names: list[str] = []

    def put(self, properties: dict[str, Any]) -> None:
        """Put the policy on each queue, given by URL."""
        self._queue_names = [url.rsplit("/", 1)[-1] for url in properties["Queues"]]
        self._set(json.dumps(properties["PolicyDocument"]))

    def delete(self, account_id: str, region_name: str) -> None:
        """Take the policy from the queues."""
        del account_id, region_name
        self._set("")

    def _set(self, policy: str) -> None:
        backend = sqs_backends[self.account_id][self.region_name]
        for name in self._queue_names:
            backend.get_queue(name).policy = policy


class EmrServerlessApplication(DeclaredResource, CloudFormationModel):
    """An application of EMR Serverless. What runs its jobs is another matter (`emr_serverless`)."""

    attributes = frozenset({"Arn", "ApplicationId"})

    @staticmethod
    def cloudformation_type() -> str:
        """Name the type in templates."""
        return "AWS::EMRServerless::Application"

    def put(self, properties: dict[str, Any]) -> None:
        """Create the application; its id is the physical id."""
        made = self._backend().create_application(
            name=properties["Name"],
            release_label=properties["ReleaseLabel"],
            application_type=properties["Type"],
            client_token=self.physical_resource_id,
            initial_capacity="",
            maximum_capacity=properties.get("MaximumCapacity", ""),
            tags={},
            auto_start_configuration=properties.get("AutoStartConfiguration", ""),
            auto_stop_configuration=properties.get("AutoStopConfiguration", ""),
            network_configuration=None,
        )
        self.physical_resource_id = made.id

    def get_cfn_attribute(self, attribute_name: str) -> str:
        """Resolve the application's id and ARN."""
        if attribute_name not in self.attributes:
            raise UnformattedGetAttTemplateException
        if attribute_name == "ApplicationId":
            return self.physical_resource_id
        return self._backend().applications[self.physical_resource_id].arn

    def delete(self, account_id: str, region_name: str) -> None:
        """Take the application away."""
        del account_id, region_name
        self._backend().applications.pop(self.physical_resource_id, None)

    def _backend(self) -> EMRServerlessBackend:
        return emrserverless_backends[self.account_id][self.region_name]


class SchedulerSchedule(DeclaredResource, CloudFormationModel):
    """A schedule. It is stored and listed, and nobody starts what it names."""

    attributes = frozenset({"Arn"})

    @staticmethod
    def cloudformation_type() -> str:
        """Name the type in templates."""
        return "AWS::Scheduler::Schedule"

    @staticmethod
    def cloudformation_name_type() -> str:
        """Name the property that holds the physical name."""
        return "Name"

    def put(self, properties: dict[str, Any]) -> None:
        """Put the schedule in place of the one that was there."""
        schedule: Any = Schedule(  # moto's base class hides the type
            region=self.region_name,
            account_id=self.account_id,
            group_name="default",
            name=self.physical_resource_id,
            description=properties.get("Description"),
            schedule_expression=properties["ScheduleExpression"],
            schedule_expression_timezone=properties.get("ScheduleExpressionTimezone"),
            flexible_time_window=properties["FlexibleTimeWindow"],
            target=properties["Target"],
            state=properties.get("State"),
            kms_key_arn=None,
            start_date=None,
            end_date=None,
            action_after_completion=None,
        )
        self._group().add_schedule(schedule)

    def get_cfn_attribute(self, attribute_name: str) -> str:
        """Resolve the schedule's ARN."""
        if attribute_name not in self.attributes:
            raise UnformattedGetAttTemplateException
        return self._group().get_schedule(self.physical_resource_id).arn

    def delete(self, account_id: str, region_name: str) -> None:
        """Delete the schedule."""
        del account_id, region_name
        self._group().schedules.pop(self.physical_resource_id, None)

    def _group(self) -> Any:  # noqa: ANN401 - a ScheduleGroup, whose base class hides its type
        return scheduler_backends[self.account_id][self.region_name].schedule_groups["default"]


@cache
def install() -> None:
    """Complete CloudFormation for the whole process; a second call finds it done."""
    add_attribute(LayerVersion, "physical_resource_id", property(lambda layer: layer.arn))
    _install_stream_properties()
    forget_known_types()


def forget_known_types() -> None:
    """Make CloudFormation look again for its types, as moto remembers those it found first."""
    for remembered in (parsing.get_model_list, parsing.get_model_map, parsing.get_name_type_map):
        remembered.cache_clear()


def known_types() -> frozenset[str]:
    """List the resource types a template may contain."""
    return frozenset(parsing.get_model_map()) | frozenset(parsing.NULL_MODELS)


def _install_stream_properties() -> None:
    """Let a stream of a template have its mode (on demand has four shards) and its encryption."""
    create = Stream.create_from_cloudformation_json

    def create_from_cloudformation_json(
        _cls: type[Stream],
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
        **kwargs: Any,  # noqa: ANN401 - moto's further arguments, handed on
    ) -> Stream:
        properties = cloudformation_json["Properties"]
        is_on_demand = properties.get("StreamModeDetails", {}).get("StreamMode") == "ON_DEMAND"
        if is_on_demand:
            properties["ShardCount"] = 4
        stream = create(resource_name, cloudformation_json, account_id, region_name, **kwargs)
        stream.stream_mode = properties.get("StreamModeDetails", stream.stream_mode)
        if encryption := properties.get("StreamEncryption"):
            kinesis_backends[account_id][region_name].start_stream_encryption(
                stream.arn, stream.stream_name, encryption["EncryptionType"], encryption["KeyId"]
            )
        return stream

    replace_attribute(
        Stream, "create_from_cloudformation_json", classmethod(create_from_cloudformation_json)
    )
