"""Mutants of names and stores: what makes a message count once, and keeps it."""

from typing import Final

from tests.mutants.mutant import Mutant

_LAYER: Final = "layers/shared/ingestion"
_STREAM: Final = "tests/model/test_stream_machine.py"

IDENTITIES: Final = (
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

STORES: Final = (
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
