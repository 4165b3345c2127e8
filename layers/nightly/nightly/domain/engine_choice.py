"""Which engine makes a build: one machine as long as one suffices."""

from enum import StrEnum


class EngineSetting(StrEnum):
    """What the operator wants."""

    EMBEDDED = "embedded"
    SPARK = "spark"
    AUTO = "auto"


class EngineKind(StrEnum):
    """Who runs the statements."""

    EMBEDDED = "embedded"
    SPARK = "spark"


def choose_engine(setting: EngineSetting, size_bytes: int, spark_from_bytes: int) -> EngineKind:
    """The engine for files of so many bytes in all.

    Args:
        setting: `auto` lets the size decide.
        size_bytes: Of all files that a job reads.
        spark_from_bytes: From how many on Spark does it.
    """
    if setting is EngineSetting.AUTO:
        return EngineKind.SPARK if size_bytes >= spark_from_bytes else EngineKind.EMBEDDED
    return EngineKind(setting)
