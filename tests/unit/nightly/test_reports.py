"""Figures that do not add up stop a build; settings that cannot be used never begin one."""

import pytest
from nightly.domain.columns import TrainingColumns
from nightly.domain.days import Day, Days
from nightly.domain.errors import ConservationError, UnusableError
from nightly.domain.manifest import DayManifest, Inputs, StoredFile
from nightly.domain.report import BuildReport, DayReport
from nightly.domain.rules import BuildRules, CleanRules

DAY = Day.named("2026-11-24")
COUNTS = [
    {"day": DAY.number, "outcome": "ok", "counted": 2},
    {"day": DAY.number, "outcome": "late", "counted": 1},
    {"day": DAY.number + 1, "outcome": "ok", "counted": 7},
]
BUILT = [
    {"event_type": "Watch", "outcome": "ok", "counted": 2, "first_ts": 10, "last_ts": 30},
    {"event_type": "Click", "outcome": "ok", "counted": 1, "first_ts": 5, "last_ts": 20},
    {"event_type": "Click", "outcome": "no_user", "counted": 4, "first_ts": 1, "last_ts": 99},
]
USERS = [{"users": 2, "interactions": 3, "with_two": 1, "with_ten": 0, "most": 2}]
ITEMS = [{"items": 3, "most": 1}]


def test_the_outcomes_of_a_day_are_all_its_rows() -> None:
    """Only rows of the day are counted, and each of them once."""
    report = DayReport.of(DAY, COUNTS, [{"day": DAY.number, "counted": 3}])
    assert (report.rows, report.interactions) == (3, 2)
    with pytest.raises(ConservationError, match="2026-11-24: expected 4, found 3"):
        DayReport.of(DAY, COUNTS, [{"day": DAY.number, "counted": 4}])


def test_a_build_reports_by_outcome_and_event_type() -> None:
    """What was left out does not move the times of the file."""
    report = BuildReport.of(BUILT, USERS, ITEMS)
    assert (report.considered, report.rows, report.span_s) == (7, 3, (5, 30))
    assert report.event_types == {"Click": 1, "Watch": 2}
    assert (report.as_dict()["first_ts"], report.as_dict()["last_ts"]) == (5, 30)


def test_a_build_of_nothing_has_no_times() -> None:
    """It is for the gate to say that this is too little."""
    report = BuildReport.of([], [USERS[0] | {"interactions": 0}], ITEMS)
    assert report.rows == 0
    assert report.as_dict()["first_ts"] is None


def test_every_figure_of_a_build_is_held_against_another() -> None:
    """By user, against the clean layer, and against what was read back."""
    with pytest.raises(ConservationError):
        BuildReport.of(BUILT, [USERS[0] | {"interactions": 4}], ITEMS)
    report = BuildReport.of(BUILT, USERS, ITEMS)
    report.require_considered(7)
    report.require_written(3)
    with pytest.raises(ConservationError):
        report.require_considered(8)
    with pytest.raises(ConservationError):
        report.require_written(2)


def test_a_late_row_cannot_escape_the_lookback() -> None:
    """Whatever lateness is allowed, two copies of one interaction lie within the lookback."""
    assert CleanRules().late_ms == 172_800_000
    week = CleanRules(max_lateness_s=7 * 86_400)
    assert week.late_ms + week.max_skew_s * 1000 < 3 * 86_400_000
    with pytest.raises(UnusableError):
        CleanRules(lookback_days=0)


@pytest.mark.parametrize(
    "fields",
    [{"event_types": ("View",)}, {"event_types": ()}, {"least_values": {"View": 0.5}}],
)
def test_unknown_event_types_are_refused(fields: dict[str, object]) -> None:
    """A misspelt type would leave everything out in silence."""
    with pytest.raises(UnusableError):
        BuildRules(TrainingColumns(), **fields)  # pyright: ignore[reportArgumentType]


def test_columns_are_names_of_ours() -> None:
    """They stand in SQL and in a header."""
    with pytest.raises(UnusableError):
        TrainingColumns(frozenset({"USER_ID; DROP"}))
    with pytest.raises(UnusableError):
        TrainingColumns(context=("a b",))
    with pytest.raises(UnusableError):
        CleanRules(context=("x'",))
    some = TrainingColumns(frozenset({"EVENT_VALUE"}), ("DEVICE_TYPE",))
    assert some.names[4:] == ("EVENT_VALUE", "DEVICE_TYPE")


def test_days_are_reckoned_with() -> None:
    """A day is a number of days, and a text of the calendar."""
    assert str(Day.named("2024-02-28").plus(2)) == "2024-03-01"
    assert [str(day) for day in Days(DAY, DAY).widened(before=1, after=1)] == [
        "2026-11-23",
        "2026-11-24",
        "2026-11-25",
    ]
    with pytest.raises(UnusableError):
        Day.named("24.11.2026")


def test_inputs_are_the_same_in_any_order() -> None:
    """A listing may come in another order, but not with another size."""
    one, two = StoredFile("a", 1, "/a"), StoredFile("b", 2, "/b")
    assert Inputs.of([one, two]) == Inputs.of([two, one])
    assert Inputs.of([one]) != Inputs.of([StoredFile("a", 2, "/a")])


def test_a_manifest_of_another_format_is_not_guessed_at() -> None:
    """A later version may mean something else by the same names."""
    with pytest.raises(UnusableError):
        DayManifest.from_json(b'{"format": 3}')
