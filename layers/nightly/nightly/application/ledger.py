"""Reading and moving the ledger of a dataset group."""

from typing import Final

from nightly.domain.errors import LedgerError
from nightly.domain.import_ledger import ImportLedger, NotedImport, ledger_key
from nightly.ports import Storage

_ATTEMPTS: Final = 5


def read_ledger(archive: Storage, group: str) -> ImportLedger:
    """What was imported into a dataset group; an empty ledger if there is none.

    Raises:
        LedgerError: There is one, and it cannot be read.
    """
    text = archive.get(ledger_key(group))
    return ImportLedger(group) if text is None else ImportLedger.from_json(group, text)


def note_import(archive: Storage, group: str, noted: NotedImport) -> ImportLedger:
    """Move the watermark, once the import is ACTIVE.

    Noting a job again changes nothing. It is written on the condition that nobody else has written
    meanwhile, as a night that was given up for dead may still be at it.

    Raises:
        LedgerError: Its days do not follow the watermark, or others keep writing.
    """
    for _ in range(_ATTEMPTS):
        before = archive.get(ledger_key(group))
        known = ImportLedger(group) if before is None else ImportLedger.from_json(group, before)
        ledger = known.noted(noted)
        if ledger is known or archive.replace(ledger_key(group), ledger.to_json(), before):
            return ledger
    error = f"the ledger of {group} is written by others at the same time"
    raise LedgerError(error)
