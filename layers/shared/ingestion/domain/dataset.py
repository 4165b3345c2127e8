"""The datasets of Personalize that take records one by one.

Apart from the records, so that what only names a dataset starts without their models.
"""

from enum import StrEnum


class Dataset(StrEnum):
    """The two datasets that take records one by one."""

    USERS = "users"
    ITEMS = "items"
