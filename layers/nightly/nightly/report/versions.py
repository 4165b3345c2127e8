"""Figures of the solution versions: their metrics over time, and the last one's judgement."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from xml.etree.ElementTree import Element

from nightly.domain.build_record import BuildRecord, Outcome
from nightly.report.comparison import Comparison
from nightly.report.figures import Figure, Table
from nightly.report.markup import element, listed

_SHOWN: Final = 60
_VERDICTS: Final[Mapping[bool | None, str]] = {
    True: "The version of this build was accepted.",
    False: "The version of this build was not accepted.",
    None: "The version of this build was not judged.",
}


def metrics(compared: Comparison) -> Figure:
    """Each metric of the last versions, oldest first."""
    trained = [each for each in (*compared.earlier, compared.record) if _metrics(each)][-_SHOWN:]
    names = sorted({name for each in trained for name in _metrics(each)})
    return Figure(
        "metrics",
        "Metrics of the solution versions",
        "Filled points went live, hollow ones did not. Versions are trained on different data, so"
        " small steps mean nothing; a fall does.",
        Table(
            ("Build", "Outcome", *map(_said, names)),
            [
                (each.build, each.outcome.value, *(_value(each, name) for name in names))
                for each in trained
            ],
            words=2,
        ),
        {
            "kind": "series",
            "series": [{"name": _said(name), "points": _points(trained, name)} for name in names],
        }
        if trained
        else None,
        place="wide",
    )


def judgement(compared: Comparison) -> Element:
    """Why the version of this build did or did not go live."""
    training = compared.record.training
    if training is None:
        return element("p", "This build trained no version.", class_="lead")
    verdict: Mapping[str, Any] = training.get("judgement") or {}
    return element(
        "div",
        element("p", _VERDICTS[verdict.get("accepted")], class_="lead"),
        listed("ul", [_plain(reason) for reason in verdict.get("reasons", ())]),
    )


def _metrics(record: BuildRecord) -> Mapping[str, float]:
    training = record.training or {}
    return training.get("metrics") or {}


def _points(trained: Sequence[BuildRecord], name: str) -> list[list[Any]]:
    """Time, build, value and whether it went live."""
    return [
        [each.made_at, each.build, _metrics(each)[name], each.outcome is Outcome.ACCEPTED]
        for each in trained
        if name in _metrics(each)
    ]


def _value(record: BuildRecord, name: str) -> str:
    value = _metrics(record).get(name)
    return "\N{EN DASH}" if value is None else f"{value:.4f}"


def _plain(reason: str) -> str:
    """A sentence with the names of metrics as they are said here."""
    words = (word if "_at_" not in word else _said(word) for word in reason.split(" "))
    return " ".join(words)


def _said(name: str) -> str:
    """A metric's name as short as it is known: NDCG at 25."""
    short = name.replace("normalized_discounted_cumulative_gain", "NDCG")
    return short.replace("mean_reciprocal_rank", "MRR").replace("_", " ")
