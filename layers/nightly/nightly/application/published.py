"""What is published in the clean layer beside its days: the histories that were imported."""

from collections.abc import Sequence

from nightly.domain.days import Days
from nightly.domain.errors import UnusableError
from nightly.domain.history import HISTORY, MANIFEST_SUFFIX, HistoryManifest
from nightly.ports import Storage


def published_histories(
    clean: Storage, context: Sequence[str] = (), days: Days | None = None
) -> Sequence[HistoryManifest]:
    """The imports that are done, under their day of import.

    Args:
        clean: The clean layer.
        context: Context columns that their files must have.
        days: Only those of these days of import; None for all.

    Raises:
        UnusableError: One lacks a context column.
    """
    found = (
        HistoryManifest.from_json(clean.get(file.key) or b"{}")
        for file in clean.files(f"{HISTORY}/")
        if file.key.endswith(MANIFEST_SUFFIX)
    )
    chosen = [each for each in found if days is None or days.first <= each.day <= days.last]
    for each in chosen:
        if not set(context) <= set(each.context):
            error = (
                f"context columns are missing in the history {each.name}:"
                f" delete {HISTORY}/{each.name}/ and import it again"
            )
            raise UnusableError(error)
    return chosen
