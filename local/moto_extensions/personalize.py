"""Serves the Personalize emulator through moto, under `mock_aws` and on moto's server alike.

moto's own Personalize knows schemas only. `register` puts the emulator in its place and adds the
two services moto does not know at all. It touches moto in four places:

* `moto.personalize.personalize_backends` is replaced;
* `moto.personalizeevents` and `moto.personalizeruntime` appear among the imported modules, where
  moto's lookup of backends finds them;
* the index of URL patterns gets their host names;
* the server's dispatcher learns to tell the three services apart: their signatures all name the
  service "personalize", so only the path can.
"""

import json
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from http import HTTPStatus
from threading import Lock
from types import ModuleType, SimpleNamespace
from typing import Any, Final
from uuid import uuid4

import moto.personalize
from moto import backend_index
from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.common_types import TYPE_RESPONSE
from moto.core.responses import BaseResponse
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from moto.s3.exceptions import MissingBucket
from moto.s3.models import s3_backends
from moto.utilities.utils import get_partition

from local.moto_extensions import personalize_cloudformation
from local.moto_extensions.patching import replace_attribute
from local.personalize import EmulatedError, PersonalizeEmulator
from local.personalize.lifecycle import Progress
from local.personalize.quotas import Quotas
from local.personalize.service_model import SERVICES, service_model

# moto's name of a service is botocore's without the hyphen.
MODULES: Final[Mapping[str, str]] = {name: name.replace("-", "") for name in SERVICES}
CONTROL_PLANE: Final = SERVICES[0]
BACKENDS_NAME: Final = "personalize_backends"
# One of AWS's own codes for a body that cannot be read; no service models it.
UNREADABLE: Final = "SerializationException"
JSON: Final[Mapping[str, str]] = {
    "personalize": "application/x-amz-json-1.1",
    "personalize-events": "application/json",
    "personalize-runtime": "application/json",
}

type EmulatorFactory = Callable[[str, str], PersonalizeEmulator]


def default_emulator(
    account_id: str,
    region: str,
    *,
    clock: Callable[[], float] = time.time,
    progress: Progress = Progress(),  # noqa: B008 - frozen
    quotas: Quotas = Quotas(),  # noqa: B008 - frozen
) -> PersonalizeEmulator:
    """Makes an emulator whose jobs read and write moto's S3.

    Args:
        account_id: The account it stands for.
        region: The region it stands for.
        clock: Gives epoch seconds.
        progress: How long creations take.
        quotas: The service's quotas and minimums.
    """
    return PersonalizeEmulator(
        s3_reader=partial(read_s3, account_id, region),
        s3_writer=partial(write_s3, account_id, region),
        clock=clock,
        progress=progress,
        quotas=quotas,
        account_id=account_id,
        region=region,
    )


def register(make: EmulatorFactory | None = None) -> None:
    """Makes moto serve Personalize from emulators, for the whole process.

    A second call changes nothing, unless it brings a way to make emulators: then new ones serve.

    Args:
        make: Makes the emulator of an account and region when it is first needed;
            `default_emulator` unless something else is said.
    """
    if make is None and isinstance(vars(moto.personalize)[BACKENDS_NAME], EmulatorBackends):
        return
    emulators = Emulators(make or default_emulator)
    for service, module in MODULES.items():
        backends = EmulatorBackends(BACKENDS[service], emulators)
        if service == CONTROL_PLANE:
            replace_attribute(moto.personalize, f"{module}_backends", backends)
        else:
            sys.modules[f"moto.{module}"] = as_module({f"{module}_backends": backends})
            add_url_pattern(module, service)
    if not hasattr(DomainDispatcherApplication.infer_service_region_host, "by_path"):
        teach_dispatcher()
    personalize_cloudformation.install(emulator)


def emulator(account_id: str, region: str) -> PersonalizeEmulator:
    """Gives the emulator that serves an account and region, to inject faults and look inside."""
    backends: Any = vars(moto.personalize)[BACKENDS_NAME]
    return backends[account_id][region].emulator


class Emulators:
    """The emulators by account and region. Safe for threads.

    They outlive moto's backends, which a reset throws away: whoever holds an emulator holds the
    one that serves, also after a reset.
    """

    def __init__(self, make: EmulatorFactory) -> None:
        self._make = make
        self._made: dict[tuple[str, str], PersonalizeEmulator] = {}
        self._lock = Lock()

    def get(self, account_id: str, region: str) -> PersonalizeEmulator:
        """Gives the emulator of an account and region."""
        with self._lock:
            key = (account_id, region)
            if key not in self._made:
                self._made[key] = self._make(account_id, region)
            return self._made[key]


class EmulatorBackends(BackendDict[Any]):
    """moto's backends of one of the three services, all views of the same emulators."""

    def __init__(self, backend: Callable[..., BaseBackend], emulators: Emulators) -> None:
        # Always of "personalize": botocore lists no regions for personalize-events.
        super().__init__(partial(backend, emulators), CONTROL_PLANE)  # type: ignore[arg-type]


class EmulatorResponse(BaseResponse):
    """Answers requests of one service from the emulator of the caller's account and region."""

    service = CONTROL_PLANE
    use_raw_body = True

    def __init__(self) -> None:
        super().__init__(service_name=self.service)

    def call_action(self) -> TYPE_RESPONSE:
        """Answers the request moto has prepared."""
        serving = emulator(self.current_account, self.region)
        try:
            parameters = json.loads(self.raw_body or b"{}")
        except (ValueError, RecursionError):
            return self._failed(HTTPStatus.BAD_REQUEST, UNREADABLE, "The body is not JSON.")
        try:
            answer = serving.handle(self.service, self._get_action() or "", parameters)
        except EmulatedError as error:
            return self._failed(error.http_status, error.code, error.message)
        return HTTPStatus.OK, self._headers(), json.dumps(answer) if answer else self._nothing()

    def _failed(self, status: int, code: str, message: str) -> TYPE_RESPONSE:
        body = json.dumps({"__type": code, "message": message})
        return status, {**self._headers(), "x-amzn-errortype": code}, body

    def _headers(self) -> dict[str, str]:
        request_id = str(uuid4())  # Step Functions puts it into the cause of an error
        content_type = JSON[self.service]
        return {
            **self.response_headers,
            "content-type": content_type,
            "x-amzn-requestid": request_id,
        }

    def _nothing(self) -> str:
        # An operation without an output answers rest-json with nothing, and json with an object.
        return "{}" if self.service == CONTROL_PLANE else ""


class EventsResponse(EmulatorResponse):
    """Answers personalize-events."""

    service = "personalize-events"


class RuntimeResponse(EmulatorResponse):
    """Answers personalize-runtime."""

    service = "personalize-runtime"


class EmulatorBackend(BaseBackend):
    """moto's view of an emulator: it knows its URLs and can be reset."""

    responses: type[EmulatorResponse] = EmulatorResponse

    def __init__(self, emulators: Emulators, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.emulator = emulators.get(account_id, region_name)

    def reset(self) -> None:
        """Forgets everything."""
        self.emulator.reset()

    @property
    def _url_module(self) -> SimpleNamespace:
        """Says which hosts and paths are ours; moto reads this where a service has no urls.py."""
        service = self.responses.service
        return SimpleNamespace(
            url_bases=[rf"https?://{service}\.(.+)\.amazonaws\.com"],
            url_paths={f"{{0}}{path}$": self.responses.dispatch for path in paths_of(service)},
        )


class EventsBackend(EmulatorBackend):
    """The backend of personalize-events."""

    responses = EventsResponse


class RuntimeBackend(EmulatorBackend):
    """The backend of personalize-runtime."""

    responses = RuntimeResponse


BACKENDS: Final[Mapping[str, type[EmulatorBackend]]] = {
    backend.responses.service: backend
    for backend in (EmulatorBackend, EventsBackend, RuntimeBackend)
}


@cache
def paths_of(service: str) -> frozenset[str]:
    """Lists the paths of a service: "/" alone where a header names the operation."""
    model = service_model(service)
    return frozenset(
        model.operation_model(name).http["requestUri"] for name in model.operation_names
    )


def service_at(path: str) -> str:
    """Tells which of the three services a request without a target header is for."""
    return next((service for service in SERVICES if path in paths_of(service)), CONTROL_PLANE)


def as_module(names: Mapping[str, object]) -> ModuleType:
    """Makes a module that has the names, for moto to import."""
    module = ModuleType("emulated")
    vars(module).update(names)
    return module


def add_url_pattern(module: str, service: str) -> None:
    """Adds a service's host names to moto's index, once."""
    patterns = backend_index.backend_url_patterns
    if all(name != module for name, _ in patterns):
        patterns.append((module, re.compile(rf"https?://{service}\.(.+)\.amazonaws\.com")))


def teach_dispatcher() -> None:
    """Makes moto's server tell the three services apart by path."""
    infer = DomainDispatcherApplication.infer_service_region_host

    def by_path(
        dispatcher: DomainDispatcherApplication, environ: dict[str, Any], path: str
    ) -> str | None:
        host = infer(dispatcher, environ, path)
        is_ours = host is not None and host.startswith(f"{CONTROL_PLANE}.")
        if host is None or not is_ours or environ.get("HTTP_X_AMZ_TARGET"):
            return host
        return host.replace(CONTROL_PLANE, service_at(environ.get("PATH_INFO", path)), 1)

    by_path.by_path = True  # type: ignore[attr-defined]
    replace_attribute(DomainDispatcherApplication, "infer_service_region_host", by_path)


def read_s3(account_id: str, region: str, bucket: str, key: str) -> Sequence[tuple[str, bytes]]:
    """Reads an object, or the objects of a folder, out of moto's S3.

    Args:
        account_id: The account that owns the bucket.
        region: The region, which says which of AWS's partitions that is.
        bucket: The bucket's name.
        key: An object's key; a folder's ends in "/".

    Returns:
        The objects as (key, content); none where there is nothing to read.
    """
    backend = s3_backends[account_id][get_partition(region)]
    try:
        found = backend.get_bucket(bucket)
    except MissingBucket:
        return []
    if key and not key.endswith("/"):
        single = backend.get_object(bucket, key)
        return [(key, single.value)] if single is not None else []
    objects, *_ = backend.list_objects(found, key, "/", None, None)
    return [(each.name, each.value) for each in objects if each.name != key]


def write_s3(account_id: str, region: str, bucket: str, key: str, content: bytes) -> bool:
    """Writes an object into moto's S3.

    Args:
        account_id: The account that owns the bucket.
        region: The region, which says which of AWS's partitions that is.
        bucket: The bucket's name.
        key: The object's key.
        content: The object.

    Returns:
        Whether there is such a bucket.
    """
    try:
        s3_backends[account_id][get_partition(region)].put_object(bucket, key, content)
    except MissingBucket:
        return False
    return True
