"""Mutants of the way to Personalize: what is answered, sent, and taken for a refusal."""

from typing import Final

from tests.mutants.mutant import Mutant

_LAYER: Final = "layers/shared/ingestion"
_STREAM: Final = "tests/model/test_stream_machine.py"
_DELIVERY: Final = "tests/model/test_delivery.py"

ANSWERS: Final = (
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

SENDING: Final = (
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
