"""The local stack: AWS and Personalize in this process, on one port."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar, Final, Self

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.moto_api._internal.models import MotoAPIBackend

from local.connection import REGION, Clients, connection_variables
from local.deployment.deployer import Deployer
from local.event_source_mappings import EventSourceMappings
from local.inspection import comprehend_counters, personalize_counters
from local.lambda_runtime import LambdaService
from local.moto_extensions import (
    cloudformation,
    comprehend,
    kinesis,
    lambda_functions,
    personalize,
    s3,
    sqs,
    stepfunctions,
)
from local.server import InspectableApplication, LocalServer
from local.service_faults import ServiceFaults

STACK_NAME: Final = "personalize-video-ingest"
TEMPLATE: Final = Path("template.yaml")
_EVENT_INVOCATIONS: Final = 4


class StackAlreadyRunningError(RuntimeError):
    """A second stack was started in one process, where moto can hold only one's state."""


class LocalStack:
    """AWS as this system needs it: what `python -m local up` runs and tests start in process.

    Nothing is taken from or put into the environment of this process but `MOTO_PORT`, from which
    moto learns where it is. There is one stack per process, as moto keeps its state in modules;
    several processes can run one each, on ports of their own.

    Attributes:
        endpoint_url: Where every service answers.
        client: Gives a boto3 client of this stack, by service: `stack.client("kinesis")`.
        personalize: The emulator behind the three Personalize services.
        comprehend: The emulator behind what Comprehend tells of texts.
        lambda_service: What runs the functions.
        mappings: What feeds them from streams and queues.
        service_faults: Faults to inject into S3 and DynamoDB.
    """

    _only_one: ClassVar = threading.Lock()

    def __init__(
        self,
        server: LocalServer,
        log_sink: Callable[[str, str], None] | None,
        service_faults: ServiceFaults,
    ) -> None:
        """Put the parts together around a server that is bound; `start` is the way to a stack."""
        self._server = server
        self.service_faults = service_faults
        self.endpoint_url = server.url
        self.client = Clients(server.url)
        self.personalize = personalize.emulator(DEFAULT_ACCOUNT_ID, REGION)
        self.comprehend = comprehend.emulator(DEFAULT_ACCOUNT_ID, REGION)
        self.lambda_service = LambdaService(
            environment=connection_variables(server.url), log_sink=log_sink
        )
        self.mappings = EventSourceMappings(client=self.client, invoke=self.lambda_service.invoke)
        self._on_stop = ExitStack()

    @classmethod
    def start(
        cls,
        *,
        port: int = 0,
        host: str = "127.0.0.1",
        log_sink: Callable[[str, str], None] | None = None,
        kinesis_limits: bool = False,
    ) -> Self:
        """Start a stack without any resources.

        Args:
            port: Port, or 0 for a free one.
            host: Interface to listen on. Whoever reaches it may do everything.
            log_sink: Told each line a function writes, with the function's name.
            kinesis_limits: Throttle streams as AWS does, by shard.

        Raises:
            StackAlreadyRunningError: This process has a stack already.
            OSError: The port is taken.
        """
        if not cls._only_one.acquire(blocking=False):
            message = "This process has a local stack already; stop it or use another process"
            raise StackAlreadyRunningError(message)
        with ExitStack() as undo:
            undo.callback(cls._only_one.release)
            repair_moto(kinesis_limits=kinesis_limits)
            undo.callback(forget_everything)
            application = InspectableApplication()
            server = LocalServer(application, host=host, port=port)
            stack = cls(server, log_sink, application.faults)
            undo.callback(stack.client.close)
            undo.enter_context(server)
            stack._run(undo)
            stack._show_pages(application)
            stack._on_stop = undo.pop_all()
        return stack

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def deploy(
        self,
        *,
        template: Path = TEMPLATE,
        stack_name: str = STACK_NAME,
        parameters: Mapping[str, str] = MappingProxyType({}),
        build_dir: Path | None = None,
    ) -> Mapping[str, str]:
        """Deploy the template, or deploy it again after a change.

        Args:
            template: The SAM template.
            stack_name: Name of the CloudFormation stack.
            parameters: Values for the template's parameters; the others have their defaults.
            build_dir: What `sam build` wrote; its functions run instead of those of the checkout.

        Returns:
            The stack's outputs.

        Raises:
            DeploymentError: The template cannot be deployed here, or its resources were refused.
        """
        deployer = Deployer(
            client=self.client,
            register=self.lambda_service.register,
            known_types=cloudformation.known_types,
            region=REGION,
        )
        return deployer.deploy(
            template=template, stack_name=stack_name, parameters=parameters, build_dir=build_dir
        )

    def stop(self) -> None:
        """Stop everything and forget all state. A second call does nothing."""
        self._on_stop.close()

    def _run(self, undo: ExitStack) -> None:
        """Start what works in the background, each with the way to end it."""
        background = ThreadPoolExecutor(_EVENT_INVOCATIONS, "event-invocation")
        undo.callback(background.shutdown)
        undo.callback(self.lambda_service.close)
        lambda_functions.install(self.lambda_service.invoke, background)
        self.mappings.start()
        undo.callback(self.mappings.stop)

    def _show_pages(self, application: InspectableApplication) -> None:
        application.show("health", lambda: {"status": "ok"})
        application.show("mappings", lambda: {"idle": self.mappings.idle()})
        application.show("personalize/counters", lambda: personalize_counters(self.personalize))
        application.show("personalize/event-ids", lambda: sorted(self.personalize.event_ids()))
        application.show("comprehend/counters", lambda: comprehend_counters(self.comprehend))


def repair_moto(*, kinesis_limits: bool = False) -> None:
    """Repair and complete moto for the whole process; what for is said in each module.

    Args:
        kinesis_limits: Throttle streams as AWS does, by shard.
    """
    kinesis.install(throughput_limits=kinesis_limits)
    sqs.install()
    s3.install()
    stepfunctions.install()
    personalize.register()
    comprehend.install()
    cloudformation.install()


def forget_everything() -> None:
    """Empty all of moto's backends."""
    stepfunctions.forget_executions()
    MotoAPIBackend(REGION, DEFAULT_ACCOUNT_ID).reset()
