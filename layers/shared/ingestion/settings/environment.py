"""Settings as the environment gives them, and the kinds of values in them."""

import os
from typing import Annotated, Final, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from ingestion.domain.errors import MisconfiguredError


def _split(value: object) -> object:
    return tuple(filter(None, value.split(","))) if isinstance(value, str) else value


type Bucket = Annotated[str, Field(min_length=3, max_length=63)]
type Table = Annotated[str, Field(min_length=3, max_length=255)]
type Share = Annotated[float, Field(gt=0, le=1)]

# Before a field of several words: `A,B` in the environment.
SPLIT: Final = BeforeValidator(_split)


class Settings(BaseModel):
    """Settings of one function.

    `hide_input_in_errors` keeps the environment, credentials included, out of error texts.
    """

    model_config = ConfigDict(
        frozen=True,
        alias_generator=str.upper,
        validate_by_name=True,
        hide_input_in_errors=True,
        defer_build=True,  # a function reads one of them
    )

    @classmethod
    def from_environment(cls) -> Self:
        """Read the process environment.

        Raises:
            MisconfiguredError: A variable is missing or wrong; the error names it.
        """
        try:
            return cls.model_validate(os.environ)
        except ValidationError as error:
            raise MisconfiguredError(str(error)) from None
