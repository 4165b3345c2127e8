"""Mutants of the accounts: one that never finds anything missing would please everybody."""

from typing import Final

from tests.mutants.mutant import Mutant

_LAYER: Final = "layers/shared/ingestion"
_ARCHIVE: Final = "tests/unit/application/test_reconcile_archive.py"
_POINTS: Final = "tests/unit/application/test_reconcile_points.py"
_READING_BACK: Final = "tests/unit/application/test_reading_back.py"

CONSERVING: Final = (
    Mutant(
        "the account takes a missing row for found",
        "what is lost is named",
        f"{_LAYER}/application/reconcile_archive.py",
        (("all(row in left.rows for row in claim.rows)", "claim.rows is not None"),),
        f"{_ARCHIVE}::test_whatever_is_lost_is_named",
    ),
    Mutant(
        "the account takes a missing rejection for found",
        "what is lost is named",
        f"{_LAYER}/application/reconcile_archive.py",
        (("return claim.end is not End.REJECTED and all(", "return all("),),
        f"{_ARCHIVE}::test_whatever_is_lost_is_named",
    ),
    Mutant(
        "the account lets any failed batch excuse a loss",
        "what is lost is named",
        f"{_LAYER}/application/traces.py",
        (("if batch.function == rules.recorder:", "if batch.function:"),),
        f"{_ARCHIVE}::test_another_failed_batch_explains_nothing",
    ),
    Mutant(
        "the account forgets that a failed batch was given back",
        "what was given back is judged like all others",
        f"{_LAYER}/adapters/failed_batches.py",
        (('if found["Key"] not in redriven(Hour.of(written_at_ms)):', "if redriven:"),),
        "tests/contract/test_failed_batches.py -k given_back",
    ),
    Mutant(
        "the account excuses a lost row of a foreign player",
        "what is lost is named",
        f"{_LAYER}/application/refolding.py",
        (("return known.began >= owed.seen.began", "return False"),),
        f"{_POINTS}::test_a_lost_row_of_a_point_is_named",
    ),
    Mutant(
        "the account accuses a playback that began long before",
        "the account does not cry wolf",
        f"{_LAYER}/application/refolding.py",
        (("return known.began >= owed.seen.began", "return True"),),
        f"{_POINTS}::test_what_began_long_before_was_earned_there",
    ),
    Mutant(
        "the account excuses what a forgotten playback lost",
        "what is lost is named",
        f"{_LAYER}/application/reading_back.py",
        (("yield owed, points not in half_known", "yield owed, points in half_known"),),
        f"{_READING_BACK}::test_what_a_forgotten_playback_lost_is_named",
    ),
    Mutant(
        "the account takes what it has read for all that there was",
        "the account does not cry wolf",
        f"{_LAYER}/application/reading_back.py",
        (("        return unknown\n", "        return unknown - unknown\n"),),
        f"{_READING_BACK}::test_a_playback_that_goes_on_for_longer_than_is_read_is_unproven",
    ),
    Mutant(
        "the account asks nothing of what was redacted as a whole",
        "what is lost is named",
        f"{_LAYER}/application/reconcile_archive.py",
        (("if claim.rejection in left.carriers else", "if claim.is_redacted else"),),
        f"{_ARCHIVE}::test_what_is_redacted_as_a_whole_must_have_been_rejected",
    ),
    Mutant(
        "a comment takes its neighbours out of the archive",
        "what is lost is named",
        f"{_LAYER}/domain/redacting.py",
        (("if message.body.startswith(MAGIC) else None", "if message.body == MAGIC else None"),),
        f"{_ARCHIVE}::test_a_comment_on_the_stream_takes_no_neighbour_with_it",
    ),
    Mutant(
        "the account lets a comment that nobody reads excuse a like",
        "what is lost is named",
        f"{_LAYER}/application/claiming.py",
        (("elif rules.reads_comments and is_comment(received)", "elif is_comment(received)"),),
        f"{_ARCHIVE}::test_where_nobody_reads_comments_they_earn_nothing",
    ),
    Mutant(
        "the account takes an older record for the one that was told",
        "what is lost is named",
        f"{_LAYER}/application/reconcile_queues.py",
        (("told_at_ms is None or told_at_ms < record.occurred_at_ms", "told_at_ms is None"),),
        f"{_ARCHIVE}::test_metadata_of_which_an_older_record_stands_is_lost",
    ),
    Mutant(
        "the account lets a dead letter excuse its neighbours",
        "what is lost is named",
        f"{_LAYER}/application/reconcile_queues.py",
        (
            ("frozenset(letters.ids()) & {", "letters.ids() and frozenset({"),
            ("each.message.id for each in claims}", "each.message.id for each in claims})"),
        ),
        f"{_ARCHIVE}::test_what_lies_in_a_dead_letter_queue_has_failed",
    ),
    Mutant(
        "the account of an invocation leaves out what comes again",
        "received is the sum of the ends",
        f"{_LAYER}/observability.py",
        (("    MetricName.FAILED: Disposition.FAILED,\n", ""),),
        "tests/unit/test_conservation_of_metrics.py",
    ),
    Mutant(
        "the account is drawn up and decides nothing",
        "what is lost is named",
        "reconcile/__main__.py",
        (("return 0 if _holds(accounts, comparison) else _UNEXPLAINED", "return 0"),),
        "tests/integration/test_reconciliation.py::test_a_lost_object_is_found",
    ),
)
