"""Which engine makes a build."""

import pytest
from nightly.domain.engine_choice import EngineKind, EngineSetting, choose_engine


@pytest.mark.parametrize(
    ("setting", "size_bytes", "expected"),
    [
        (EngineSetting.EMBEDDED, 10**15, EngineKind.EMBEDDED),
        (EngineSetting.SPARK, 0, EngineKind.SPARK),
        (EngineSetting.AUTO, 99, EngineKind.EMBEDDED),
        (EngineSetting.AUTO, 100, EngineKind.SPARK),
    ],
)
def test_size_decides_only_if_it_may(
    setting: EngineSetting, size_bytes: int, expected: EngineKind
) -> None:
    """`auto` takes Spark from the limit on; else the operator decides."""
    assert choose_engine(setting, size_bytes, 100) is expected
