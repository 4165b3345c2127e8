"""The table of the command, and what it takes for an hour."""

import pytest
from ingestion.application.comparing import Comparison
from ingestion.domain.conservation import End, HourAccount
from ingestion.domain.hour import Hour

from reconcile.__main__ import main
from reconcile.table import comparison_lines, table_of
from tests.support.builders import NOW_MS

HOUR = Hour.of(NOW_MS)


def test_the_table_has_a_line_for_each_hour_and_their_sum() -> None:
    """Columns of numbers, and the names of what is unexplained."""
    accounts = [
        HourAccount(HOUR, 1500, {End.RECORDED: 1499, End.REJECTED: 1}, duplicates=3),
        HourAccount(
            HOUR.plus(1), 2, {End.UNEXPLAINED: 1, End.UNPROVEN: 1}, ("s/1",), has_other_rules=True
        ),
    ]
    head, first, second, together, *rest = table_of(accounts)
    assert "UNEXPLAINED" in head
    assert first.split()[1:] == ["1,500", "1,499", "1", "0", "0", "0", "0", "0", "0", "3"]
    assert second.endswith("(recorded by other rules)")
    assert together.split()[1:3] == ["1,502", "1,499"]
    assert rest == ["unexplained: s/1"]


def test_the_archive_may_be_empty() -> None:
    """Nothing received, nothing missing."""
    assert list(table_of([]))[-1].split()[1:] == ["0"] * 10


def test_what_personalize_lacks_is_named_up_to_a_point() -> None:
    """Ten event ids, and how many there are beside them."""
    lines = list(comparison_lines(Comparison(20, 1, tuple(map(str, range(12))), 2, 3)))
    assert lines[0].startswith("Personalize holds 8 of 20 interactions sent (1 refused, 2 rows")
    assert lines[1:] == [*(f"not with Personalize: {n}" for n in range(10)), "… and 2 more"]
    assert len(list(comparison_lines(Comparison(1, 0, (), 0, 0)))) == 1


@pytest.mark.parametrize(
    "options", [["--export", "a-folder"], ["--from", "soon"], ["--local", "--export", "s3://b/"]]
)
def test_what_cannot_be_meant_is_refused(
    options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """With the usage, before anything is asked of anybody."""
    with pytest.raises(SystemExit) as ended:
        main(options)
    assert ended.value.code == 2
    assert "usage:" in capsys.readouterr().err
