"""Mutants of the night: what it imports, and by which measure a version is judged."""

from typing import Final

from tests.mutants.mutant import Mutant

_NIGHTLY: Final = "layers/nightly/nightly"
_NIGHTLY_TESTS: Final = "tests/unit/nightly"
_ONCE: Final = "tests/model/test_nothing_is_trained_on_twice.py"

JUDGING: Final = (
    Mutant(
        "a long history hides what came since",
        "a broken day is seen on the next night",
        f"{_NIGHTLY}/domain/drift.py",
        (("    if min(came.values(), default=0) >= 0 and", "    if not came and"),),
        f"{_NIGHTLY_TESTS}/test_drift.py::test_a_player_that_tells_nonsense_is_stopped",
    ),
    Mutant(
        "a version without a figure goes live",
        "what cannot be judged is not deployed",
        f"{_NIGHTLY}/domain/judgement.py",
        (("if not _is_number(metrics.get(name))]", "if name not in metrics]"),),
        f"{_NIGHTLY_TESTS}/test_judgement.py::test_the_first_version_has_floors_alone",
    ),
    Mutant(
        "a stopped night becomes the measure of the next",
        "builds are compared with what was deployed",
        f"{_NIGHTLY}/application/records.py",
        (("if record.outcome is Outcome.ACCEPTED and record.build", "if record.build"),),
        "tests/contract/nightly/test_records.py::test_only_what_was_deployed_is_a_measure",
    ),
)

NIGHTS: Final = (
    Mutant(
        "the night ignores copies that went to another tracker",
        "nothing is trained on twice",
        f"{_NIGHTLY}/sql/streamed.sql",
        (("copies.event_id IS NOT NULL", "1 = 0"),),
        f"{_ONCE}::test_a_copy_after_a_switch_and_a_midnight_is_not_imported",
    ),
    Mutant(
        "the night imports what was sent before there were marks",
        "nothing is trained on twice",
        f"{_NIGHTLY}/sql/streamed.sql",
        (("people.tracker IS NULL AND {unmarked_are_delivered} = 1", "1 = 0"),),
        f"{_ONCE}::test_rows_without_a_mark_went_to_the_first_group",
    ),
    Mutant(
        "the night keeps what has no mark from a rebuilt group",
        "nothing is left out",
        f"{_NIGHTLY}/application/undelivered.py",
        (("unmarked_are_delivered=not is_new", "unmarked_are_delivered=True or is_new"),),
        f"{_ONCE}::test_rows_without_a_mark_went_to_the_first_group",
    ),
    Mutant(
        "the night does not wait for copies",
        "nothing is trained on twice",
        f"{_NIGHTLY}/domain/import_plan.py",
        (("night.plus(-1 - lookback_days)", "night.plus(-1)"),),
        f"{_ONCE}::test_the_days_of_an_import_are_settled",
    ),
    Mutant(
        "the night moves the watermark past a day that is not imported",
        "nothing is left out",
        f"{_NIGHTLY}/domain/import_plan.py",
        (("max(first, through.plus(1))", "max(first, through.plus(2))"),),
        f"{_ONCE}::test_days_that_were_not_imported_are_imported_next",
    ),
    Mutant(
        "the night imports the day of the watermark again",
        "nothing is trained on twice",
        f"{_NIGHTLY}/domain/import_plan.py",
        (("max(first, through.plus(1))", "max(first, through)"),),
        f"{_ONCE}::test_days_that_were_not_imported_are_imported_next",
    ),
    Mutant(
        "the night moves the watermark without an import",
        "nothing is left out",
        f"{_NIGHTLY}/domain/import_plan.py",
        (
            (
                "ImportPlan(PlanKind.NONE, (reason, _why_training(facts, trains=trains)), None,",
                "ImportPlan(PlanKind.NONE, (reason, _why_training(facts, trains=trains)), _ANY,",
            ),
            (
                "LEAST_ROWS: Final = 1000\n",
                "LEAST_ROWS: Final = 1000\n_ANY = Days(Day(0), Day(0))\n",
            ),
        ),
        "tests/unit/nightly/test_import_plan.py",
    ),
    Mutant(
        "the night replaces its first import by the second",
        "nothing is left out",
        f"{_NIGHTLY}/domain/import_plan.py",
        (
            (
                "ImportMode.INCREMENTAL if facts.has_imported_fully else ImportMode.FULL",
                "ImportMode.FULL",
            ),
        ),
        f"{_ONCE}::test_the_first_import_is_full_and_the_next_adds",
    ),
    Mutant(
        "the night imports history as often as it is replayed",
        "nothing is trained on twice",
        f"{_NIGHTLY}/application/clean_layer.py",
        (("first = Day(0) if has_unsent else near.first", "first = near.first"),),
        f"{_ONCE}::test_history_is_imported_once_however_often_it_is_replayed",
    ),
    Mutant(
        "the night takes history for late",
        "nothing is left out",
        f"{_NIGHTLY}/sql/checked.sql",
        (("AND COALESCE(tracker, '') <> 'none' THEN 'late'", "THEN 'late'"),),
        f"{_ONCE}::test_history_is_imported_once_however_often_it_is_replayed",
    ),
    Mutant(
        "the night takes a guest for delivered whose sign-in went elsewhere",
        "nothing is left out",
        f"{_NIGHTLY}/sql/delivered.sql",
        (("members.last_ts >= streamed.ts", "1 = 1"),),
        f"{_ONCE}::test_a_guest_whose_sign_in_went_to_another_tracker_is_imported",
    ),
)
