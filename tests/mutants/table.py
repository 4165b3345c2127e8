"""All mutants. When code moves, mend `changes`: the mutant must do the same wrong as before."""

from typing import Final

from tests.mutants.conservation import CONSERVING
from tests.mutants.mutant import Mutant

_LAYER: Final = "layers/shared/ingestion"
_NIGHTLY: Final = "layers/nightly/nightly"
_NIGHTLY_TESTS: Final = "tests/unit/nightly"
_ONCE: Final = "tests/model/test_nothing_is_trained_on_twice.py"
_STREAM: Final = "tests/model/test_stream_machine.py"
_FEEDBACK: Final = "tests/model/test_feedback_machine.py"
_DELIVERY: Final = "tests/model/test_delivery.py"
_FEEDBACK_DELIVERY: Final = "tests/model/test_feedback_delivery.py"
_OUTAGES: Final = "tests/model/test_outages.py"

_ANSWERS: Final = (
    Mutant(
        "the outer key of the answer is misspelt",
        "what failed comes again",
        f"{_LAYER}/adapters/lambda_runtime.py",
        (('"batchItemFailures": [', '"batchitemfailures": ['),),
        _STREAM,
    ),
    Mutant(
        "the inner key of the answer is misspelt",
        "only what failed comes again",
        f"{_LAYER}/adapters/lambda_runtime.py",
        (('"itemIdentifier": ', '"itemidentifier": '),),
        f"{_DELIVERY}::test_only_what_failed_and_what_follows_comes_again",
    ),
    Mutant(
        "a message is named that Lambda does not know",
        "only the record that carries the failed message comes again",
        f"{_LAYER}/application/outcome.py",
        (("            message.delivery_id\n", "            message.id\n"),),
        f"{_DELIVERY}::test_a_record_that_carries_many_comes_again_whole",
    ),
    Mutant(
        "what failed is answered as done",
        "what failed comes again",
        f"{_LAYER}/application/outcome.py",
        (("if disposition is Disposition.FAILED", "if disposition is Disposition.SETTLING"),),
        _STREAM,
    ),
)

_SENDING: Final = (
    Mutant(
        "a lane goes on after its first failure",
        "nobody is overtaken",
        f"{_LAYER}/application/sending.py",
        (("        if sent.failed:\n", "        if not call.interactions:\n"),),
        _STREAM,
    ),
    Mutant(
        "the archive is written after sending",
        "what is with Personalize is in the archive",
        f"{_LAYER}/application/recording.py",
        (
            ("    _archive(batch, plan, ports.interactions, tracker.mark)\n", ""),
            (
                "    rejections = _rejections(batch, plan, sent)\n",
                (
                    "    _archive(batch, plan, ports.interactions, tracker.mark)\n"
                    "    rejections = _rejections(batch, plan, sent)\n"
                ),
            ),
        ),
        _STREAM,
    ),
    Mutant(
        "all refused is taken for rejections",
        "a wrong configuration rejects nobody",
        f"{_LAYER}/application/sending.py",
        (("if sent.refused and not sent.recorded:", "if sent.calls < 0:"),),
        f"{_DELIVERY}::test_a_wrong_configuration_rejects_nobody",
    ),
    Mutant(
        "a call that failed counts as recorded",
        "nothing is lost",
        f"{_LAYER}/application/bisecting.py",
        (("return Sent(failed=things, calls=1)", "return Sent(recorded=things, calls=1)"),),
        _STREAM,
    ),
    Mutant(
        "what a closed gate holds back is forgotten",
        "nothing is lost",
        f"{_LAYER}/application/bisecting.py",
        (("        return Sent(failed=things)\n", "        return Sent()\n"),),
        _STREAM,
    ),
    Mutant(
        "the right half is forgotten when the left one fails",
        "nothing is lost",
        f"{_LAYER}/application/bisecting.py",
        (("return first + Sent(failed=right)", "return first"),),
        "tests/unit/application/test_sending.py",
    ),
    Mutant(
        "the half that was taken is bisected",
        "the guilty one is rejected, and nobody else",
        f"{_LAYER}/application/bisecting.py",
        (
            (
                "return first + _bisect(right, send, gate)",
                "return first + _bisect(left, send, gate)",
            ),
        ),
        f"{_DELIVERY}::test_one_refused_interaction_costs_a_few_calls_and_no_neighbour",
    ),
    Mutant(
        "calls begin that may not end in time",
        "no invocation runs into its timeout",
        f"{_LAYER}/application/bisecting.py",
        (("self.time_left() > self.longest_call_s", "900 > self.longest_call_s"),),
        _STREAM,
    ),
    Mutant(
        "a Personalize that is down is asked for every lane",
        "calls are bounded",
        f"{_LAYER}/application/bisecting.py",
        (("_FAILURES_TO_STOP: Final = 4", "_FAILURES_TO_STOP: Final = 10_000"),),
        f"{_DELIVERY}::test_when_personalize_is_down_few_calls_find_it_out",
    ),
    Mutant(
        "two visits of a user are two lanes",
        "nobody is overtaken",
        f"{_LAYER}/domain/put_events.py",
        (("(user_id, visit_id if user_id is None else None)", "(user_id, visit_id)"),),
        "tests/unit/domain/test_put_events_properties.py",
    ),
    Mutant(
        "a call is cut at eleven",
        "a call is within the limits of the service",
        f"{_LAYER}/domain/put_events.py",
        (("MAX_EVENTS_PER_CALL: Final = 10", "MAX_EVENTS_PER_CALL: Final = 11"),),
        "tests/contract/test_service_model.py",
    ),
    Mutant(
        "throttling is taken for a refusal",
        "a throttled message is not rejected",
        f"{_LAYER}/adapters/fault_codes.py",
        (('{"InvalidInputException", ', '{"ThrottlingException", "InvalidInputException", '),),
        "tests/contract/test_event_tracker.py",
    ),
)

_IDENTITIES: Final = (
    Mutant(
        "an event id has a random part",
        "nothing is trained on twice",
        f"{_LAYER}/domain/interaction.py",
        (("{quoted(event_type)}]", "{__import__('uuid').uuid4().hex}]"),),
        _STREAM,
    ),
    Mutant(
        "an event id depends on the delivery",
        "nothing is trained on twice",
        f"{_LAYER}/domain/interaction.py",
        (
            (
                "deterministic_event_id(received.viewer, source, event_type)",
                "deterministic_event_id(received.viewer, received.message.id, event_type)",
            ),
        ),
        _STREAM,
    ),
    Mutant(
        "an event id does not say whose it is",
        "nobody can pre-empt another viewer",
        f"{_LAYER}/domain/interaction.py",
        (("[{quoted(viewer)}, ", "["),),
        "tests/unit/domain/test_interaction.py",
    ),
    Mutant(
        "a copy in a batch is sent too",
        "calls are bounded",
        f"{_LAYER}/domain/interaction.py",
        (
            (
                "first.setdefault(interaction.event_id, interaction)",
                "first.setdefault(interaction.event_id + interaction.message_id, interaction)",
            ),
        ),
        _STREAM,
    ),
    Mutant(
        "a copy in a batch is not superseded",
        "each message ends in its one place",
        f"{_LAYER}/application/recording.py",
        (("each.is_superseded or telling in told", "each.is_superseded"),),
        "tests/unit/application/test_record_playback.py",
    ),
    Mutant(
        "a rejection is known by its content",
        "each rejected message is kept",
        f"{_LAYER}/domain/rejection.py",
        (('f"{self.message.origin}|{self.message.id}".encode()', "self.message.body"),),
        _STREAM,
    ),
    Mutant(
        "the arrival is told by the clock",
        "a late delivery means the same as a prompt one",
        f"{_LAYER}/adapters/kinesis.py",
        (
            (
                'round(kinesis["approximateArrivalTimestamp"] * 1000)',
                'round(__import__("time").time() * 1000)',
            ),
        ),
        "tests/golden/test_golden.py -k archive_activity",
    ),
)

_STORES: Final = (
    Mutant(
        "a rejection is dropped when its store is down",
        "nothing is lost",
        f"{_LAYER}/application/recording.py",
        (
            (
                "    ports.rejections.store(rejections)\n",
                (
                    "    with __import__('contextlib').suppress(Exception):\n"
                    "        ports.rejections.store(rejections)\n"
                ),
            ),
        ),
        _STREAM,
    ),
    Mutant(
        "an object that exists is taken for ours",
        "two contents of one name are both kept",
        f"{_LAYER}/adapters/signed_bucket.py",
        (("return self._sha256_of(key, doing) == sha256", "return True"),),
        "tests/integration/test_signed_sender.py -k other_content",
    ),
    Mutant(
        "a batch is archived without the name of its last message",
        "every activity is archived",
        f"{_LAYER}/domain/archive.py",
        (('"" if last is first else f"-{last.id}"', '""'),),
        "tests/unit/domain/test_archive.py",
    ),
    Mutant(
        "the last message of an aggregate is forgotten",
        "nothing is lost",
        f"{_LAYER}/domain/unpacking.py",
        (("in enumerate(bodies)\n", "in enumerate(bodies[:-1] or bodies)\n"),),
        _STREAM,
    ),
    Mutant(
        "a state that another wrote meanwhile counts as stored",
        "what a foreign player tells adds up",
        f"{_LAYER}/application/folding.py",
        (("zip(sent, stored, strict=True) if is_stored}", "zip(sent, stored, strict=True)}"),),
        "tests/unit/application/test_folding_points.py",
    ),
    Mutant(
        "a state is remembered although its interaction failed",
        "nothing is lost",
        f"{_LAYER}/application/folding.py",
        (("if not each.message_ids & failed]", "if failed is not None]"),),
        _STREAM,
    ),
)

_FEEDBACK_MUTANTS: Final = (
    Mutant(
        "raw feedback is not archived",
        "every activity is archived",
        f"{_LAYER}/application/record_feedback.py",
        (("    _archive_raw(batch.messages, ports)\n", ""),),
        _FEEDBACK,
    ),
    Mutant(
        "feedback that settled is archived again",
        "every activity is archived once",
        f"{_LAYER}/application/record_feedback.py",
        (("for message in messages if not message.has_settled]", "for message in messages]"),),
        _FEEDBACK_DELIVERY,
    ),
    Mutant(
        "what SQS does not take counts as held",
        "a like that stands is sent",
        f"{_LAYER}/application/record_feedback.py",
        (("end = Disposition.FAILED if message_id in not_taken else", "end ="),),
        _FEEDBACK_DELIVERY,
    ),
    Mutant(
        "the first word of a batch stands",
        "the last word stands",
        f"{_LAYER}/application/record_feedback.py",
        (("max(known, verdict, key=", "min(known, verdict, key="),),
        _FEEDBACK,
    ),
    Mutant(
        "what has settled settles again",
        "a like is sent after its delay",
        f"{_LAYER}/adapters/sqs.py",
        (("has_settled=True", "has_settled=False"),),
        _FEEDBACK,
    ),
    Mutant(
        "a settled message is named by its first id",
        "what failed comes again from its own queue",
        f"{_LAYER}/adapters/sqs.py",
        (("carrier_id=message.id", "carrier_id=None"),),
        _FEEDBACK_DELIVERY,
    ),
)

_INFRASTRUCTURE: Final = (
    Mutant(
        "Lambda gives up after three retries",
        "an outage of days loses nothing",
        "template.yaml",
        (
            (
                (
                    "would turn a long throttle into discarded activities.\n"
                    "            MaximumRetryAttempts: -1"
                ),
                (
                    "would turn a long throttle into discarded activities.\n"
                    "            MaximumRetryAttempts: 3"
                ),
            ),
        ),
        f"{_OUTAGES}::test_six_days_without_personalize_lose_nothing_and_drain",
    ),
    Mutant(
        "batches of the archiver are bisected",
        "every activity is archived once",
        "template.yaml",
        (("BisectBatchOnFunctionError: false", "BisectBatchOnFunctionError: true"),),
        f"{_DELIVERY}::test_an_archiver_that_does_not_know_whether_it_stored_stores_once",
    ),
    Mutant(
        "the archiver reports partial failures",
        "every activity is archived once",
        "template.yaml",
        (
            (
                "BisectBatchOnFunctionError: false",
                (
                    "BisectBatchOnFunctionError: false\n"
                    "            FunctionResponseTypes: [ReportBatchItemFailures]"
                ),
            ),
        ),
        "tests/template/test_event_sources.py -k archiver",
    ),
    Mutant(
        "the recorder does not report partial failures",
        "what failed comes again",
        "template.yaml",
        (
            (
                (
                    "ParallelizationFactor: 2\n"
                    "            FunctionResponseTypes: [ReportBatchItemFailures]"
                ),
                "ParallelizationFactor: 2",
            ),
        ),
        _STREAM,
    ),
)

_JUDGING: Final = (
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

_NIGHTS: Final = (
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

_OPERATORS: Final = (
    Mutant(
        "the live dataset group can be retired",
        "nothing live is deleted",
        f"{_NIGHTLY}/application/retire_group.py",
        (("    _require_not_live(name, situation)\n", ""),),
        f"{_NIGHTLY_TESTS}/test_retire_group.py::test_what_is_live_or_of_others_is_not_deleted",
    ),
    Mutant(
        "half a dataset group can go live again",
        "nothing live is deleted",
        f"{_NIGHTLY}/application/retire_group.py",
        (("    targets.write(replace(live, previous=None))\n", ""),),
        f"{_NIGHTLY_TESTS}/test_retire_group.py::test_everything_goes_from_the_leaves_to_the_root",
    ),
    Mutant(
        "a retirement does not ask again under the lock",
        "nothing live is deleted",
        f"{_NIGHTLY}/application/retire_group.py",
        (("        group_to_retire(name, situation)\n", ""),),
        f"{_NIGHTLY_TESTS}/test_retire_group.py::test_a_rollback_meanwhile_saves_the_group",
    ),
    Mutant(
        "a person can accept a minimum away",
        "what cannot be judged is not deployed",
        f"{_NIGHTLY}/domain/acceptance.py",
        (("    if others:\n", "    if False:\n"),),
        f"{_NIGHTLY_TESTS}/test_acceptance.py::test_nothing_but_drift_can_be_accepted",
    ),
    Mutant(
        "whatever moves in an accepted gate passes",
        "what cannot be judged is not deployed",
        f"{_NIGHTLY}/domain/acceptance.py",
        (
            (
                "    return tells and not exceeds(psi(one, other), limits.psi_failure)",
                "    return tells",
            ),
        ),
        f"{_NIGHTLY_TESTS}/test_acceptance.py::test_another_mix_is_another_drift",
    ),
    Mutant(
        "what went live is rebuilt by the next attempt",
        "nothing is trained on twice",
        f"{_NIGHTLY}/application/start_rebuild.py",
        (
            (
                "    if any(each.outcome == Outcome.ACCEPTED for each in attempts):",
                '    if not attempts and group == "":',
            ),
        ),
        f"{_NIGHTLY_TESTS}/test_start_rebuild.py::test_what_went_live_is_not_rebuilt",
    ),
)

MUTANTS: Final = (
    *_ANSWERS,
    *_SENDING,
    *_IDENTITIES,
    *_STORES,
    *_FEEDBACK_MUTANTS,
    *_INFRASTRUCTURE,
    *_JUDGING,
    *_NIGHTS,
    *_OPERATORS,
    *CONSERVING,
)
