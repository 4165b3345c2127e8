"""Writes the files of users and items for a dataset group that has none yet, and reads them back.

Only a rebuild needs them: the group that is live was told each user and item as it came.
"""

from ingestion.domain.dataset import Dataset

from nightly.application.metadata_files import REPORT, MetadataBuild, write_metadata
from nightly.application.night_parts import NightParts
from nightly.application.records import BUILDS
from nightly.domain.night import PreparedFiles, PreparedMetadata


def prepare_metadata(build: str, group: str, parts: NightParts) -> PreparedMetadata:
    """Write what stands of users and items, as far as anybody was told anything of them.

    As with the interactions, what an earlier attempt left there is written anew.

    Args:
        build: Whose place the files go to.
        group: The name of the dataset group that imports them.
        parts: Where messages come from, and the columns of the two schemas.

    Raises:
        BadRowError: A row cannot be imported; file and row are named.
    """
    out = parts.below(f"{BUILDS}/{build}")
    out.delete([REPORT])
    build_of = MetadataBuild(
        parts.archive, {}, out, parts.schemas, parts.clean_rules.max_skew_s, parts.part_bytes
    )
    written = write_metadata(build_of)
    users, items = (
        PreparedFiles(out.location(f"{dataset}/"), rows, f"{group}-{dataset}") if rows else None
        for dataset in Dataset
        for rows in [written[dataset]["rows"]]
    )
    return PreparedMetadata(users, items)
