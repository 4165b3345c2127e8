"""Creates what data goes into: schemas, dataset groups, datasets, event trackers, jobs."""

from collections.abc import Iterable
from uuid import uuid4

from local.personalize.counters import Tally
from local.personalize.errors import Refusal, already_exists, in_use, refused
from local.personalize.exports import ExportJob, S3Writer
from local.personalize.imports import FULL, Dataset, ImportJob, S3Reader
from local.personalize.interactions import STREAMED, InteractionStore
from local.personalize.records import RecordStore
from local.personalize.resource import (
    DATASET,
    DATASET_GROUP,
    EVENT_TRACKER,
    EXPORT_JOB,
    IMPORT_JOB,
    RECOMMENDER,
    SCHEMA,
    SOLUTION,
    SOLUTION_VERSION,
    Resource,
)
from local.personalize.schema_text import (
    DATASET_TYPES,
    INTERACTIONS,
    DatasetSchema,
    check_dataset_schema,
    parse_schema,
)
from local.personalize.service_model import Body
from local.personalize.state import State


def create_schema(state: State, parameters: Body) -> Resource:
    """Creates a schema, checked for its dataset type where its name says which that is."""
    state.check_limit(len(state.of_kind(SCHEMA)), state.quotas.schemas, "schemas")
    schema = parse_schema(parameters["schema"])
    dataset_type = schema.record_name.upper()
    if dataset_type in DATASET_TYPES:
        check_for_domain(state, schema, dataset_type, parameters.get("domain"))
    name = parameters["name"]
    attributes = {"schema": parameters["schema"], "domain": parameters.get("domain")}
    return state.add(
        SCHEMA, path=f"schema/{name}", name=name, attributes=attributes, content=schema
    )


def create_dataset_group(state: State, parameters: Body) -> Resource:
    """Creates a dataset group, custom or of the VIDEO_ON_DEMAND domain."""
    limit = state.quotas.dataset_groups
    state.check_limit(len(state.of_kind(DATASET_GROUP)), limit, "dataset groups")
    if parameters.get("kmsKeyArn") and not parameters.get("roleArn"):
        raise refused(Refusal.BAD_REQUEST, "A kmsKeyArn needs a roleArn that may use the key.")
    name = parameters["name"]
    attributes = {key: parameters.get(key) for key in ("roleArn", "kmsKeyArn", "domain")}
    path = f"dataset-group/{name}"
    return state.add(DATASET_GROUP, path=path, name=name, attributes=attributes)


def create_dataset(state: State, parameters: Body) -> Resource:
    """Creates an empty dataset, one of each type in a group."""
    group = state.get_active(DATASET_GROUP, parameters["datasetGroupArn"])
    schema = state.get(SCHEMA, parameters["schemaArn"])
    dataset_type = parameters["datasetType"].upper()
    if dataset_type not in DATASET_TYPES:
        text = f"datasetType must be one of {', '.join(DATASET_TYPES)} here."
        raise refused(Refusal.BAD_REQUEST, text)
    check_same_domain(group, schema)
    check_for_domain(state, schema.content, dataset_type, group.attributes["domain"])
    store = InteractionStore() if dataset_type == INTERACTIONS else RecordStore()
    return state.add(
        DATASET,
        path=f"dataset/{group.name}/{dataset_type}",
        name=parameters["name"],
        attributes={
            "datasetGroupArn": group.arn,
            "schemaArn": schema.arn,
            "datasetType": dataset_type,
        },
        content=Dataset(schema.content, dataset_type, store),
    )


def update_dataset(state: State, parameters: Body) -> Resource:
    """Gives a dataset another schema.

    The developer guide offers it for users and items datasets only, to add columns.
    """
    dataset = state.get_active(DATASET, parameters["datasetArn"])
    schema = state.get(SCHEMA, parameters["schemaArn"])
    held: Dataset = dataset.content
    if held.dataset_type == INTERACTIONS:
        text = "The schema of an interactions dataset cannot be replaced."
        raise refused(Refusal.BAD_REQUEST, text)
    group = state.get(DATASET_GROUP, dataset.attributes["datasetGroupArn"])
    check_same_domain(group, schema)
    check_for_domain(state, schema.content, held.dataset_type, group.attributes["domain"])
    dataset.content = Dataset(schema.content, held.dataset_type, held.store)
    state.update(dataset, "latestDatasetUpdate", {"schemaArn": schema.arn})
    return dataset


def create_event_tracker(state: State, parameters: Body) -> Resource:
    """Creates the one event tracker a group may have."""
    group = state.get_active(DATASET_GROUP, parameters["datasetGroupArn"])
    for tracker in state.of_kind(EVENT_TRACKER, group.arn):
        raise already_exists(tracker.arn)
    tracking_id = str(uuid4())
    return state.add(
        EVENT_TRACKER,
        path=f"event-tracker/{uuid4().hex[:8]}",
        name=parameters["name"],
        attributes={
            "datasetGroupArn": group.arn,
            "trackingId": tracking_id,
            "accountId": state.account_id,
        },
        content=Tally(),
    )


def create_import_job(state: State, parameters: Body, read: S3Reader) -> Resource:
    """Puts a dataset import job on its way.

    Raises:
        EmulatedError: Among others for a first import that is not FULL (API model, importMode).
    """
    limit = state.quotas.import_jobs_in_progress
    state.check_limit(state.underway(IMPORT_JOB), limit, "import jobs in progress")
    dataset = state.get_active(DATASET, parameters["datasetArn"])
    mode = parameters.get("importMode") or FULL
    check_import(state, dataset, parameters, mode)
    location = parameters["dataSource"]["dataLocation"]
    job = ImportJob(dataset.content, location, mode, read, state.quotas)
    name = parameters["jobName"]
    copied = ("dataSource", "roleArn", "publishAttributionMetricsToS3")
    attributes = {key: parameters.get(key) for key in copied}
    return state.add(
        IMPORT_JOB,
        path=f"dataset-import-job/{name}",
        name=name,
        attributes={**attributes, "datasetArn": dataset.arn, "importMode": mode},
        work=job.run,
    )


def create_export_job(state: State, parameters: Body, write: S3Writer) -> Resource:
    """Puts a dataset export job on its way.

    The developer guide wants a path that ends in "/".
    """
    dataset = state.get_active(DATASET, parameters["datasetArn"])
    mode = parameters.get("ingestionMode") or STREAMED
    location = parameters["jobOutput"]["s3DataDestination"]["path"]
    if not location.endswith("/"):
        raise refused(Refusal.BAD_REQUEST, "The path of an export job must be a folder.")
    name = parameters["jobName"]
    copied = {key: parameters.get(key) for key in ("roleArn", "jobOutput")}
    return state.add(
        EXPORT_JOB,
        path=f"dataset-export-job/{name}",
        name=name,
        attributes={**copied, "datasetArn": dataset.arn, "ingestionMode": mode},
        work=ExportJob(dataset.content, location, mode, write).run,
    )


def check_import(state: State, dataset: Resource, parameters: Body, mode: str) -> None:
    """Checks what an import job needs besides a dataset.

    The model lets roleArn and dataLocation out; without them the service could read nothing.
    """
    if not parameters.get("roleArn") or not parameters["dataSource"].get("dataLocation"):
        text = "An import job needs a roleArn and a dataSource.dataLocation."
        raise refused(Refusal.BAD_REQUEST, text)
    earlier = state.of_kind(IMPORT_JOB, dataset.arn)
    if mode != FULL and not any(job.is_active for job in earlier):
        text = "The first import into a dataset must have the import mode FULL."
        raise refused(Refusal.BAD_REQUEST, text)


def check_same_domain(group: Resource, schema: Resource) -> None:
    """Refuses a schema made for another domain than its dataset group."""
    if group.attributes["domain"] != schema.attributes["domain"]:
        text = "The schema and the dataset group must be of the same domain."
        raise refused(Refusal.BAD_REQUEST, text)


def check_for_domain(
    state: State, schema: DatasetSchema, dataset_type: str, domain: str | None
) -> None:
    """Checks a schema against a dataset type, in the two domains the emulator knows."""
    if domain not in {None, "VIDEO_ON_DEMAND"}:
        raise refused(Refusal.BAD_REQUEST, f"The emulator does not know the domain {domain}.")
    check_dataset_schema(schema, dataset_type, domain, state.quotas)


# --- what must be gone, or over, before something can be deleted ----------------------------------


def schema_needed_by(state: State, schema: Resource) -> Iterable[Resource]:
    """Yields the datasets that refer to a schema."""
    return (each for each in state.of_kind(DATASET) if each.attributes["schemaArn"] == schema.arn)


def group_needed_by(state: State, group: Resource) -> Iterable[Resource]:
    """Yields what must be deleted before a dataset group (API model, DeleteDatasetGroup).

    The model does not speak of recommenders; that they count like solutions is our guess.
    """
    for kind in (EVENT_TRACKER, SOLUTION, RECOMMENDER, DATASET):
        yield from state.of_kind(kind, group.arn)


def dataset_needed_by(state: State, dataset: Resource) -> Iterable[Resource]:
    """Yields the jobs and versions under way that read a dataset (API model, DeleteDataset)."""
    group_arn = dataset.attributes["datasetGroupArn"]
    versions = (
        version
        for version in state.of_kind(SOLUTION_VERSION)
        if version.attributes["datasetGroupArn"] == group_arn
    )
    for each in (*state.of_kind(IMPORT_JOB, dataset.arn), *versions):
        if each.is_underway:
            yield each


def check_not_needed(what: Resource, needed_by: Iterable[Resource]) -> None:
    """Refuses to delete what others still need.

    Raises:
        EmulatedError: ResourceInUseException naming the first of them.
    """
    for other in needed_by:
        raise in_use(what.arn, f"needed by {other.arn} and cannot be deleted")
