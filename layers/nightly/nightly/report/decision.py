"""The first part of the page: how the night ended and why, in words."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from xml.etree.ElementTree import Element

from nightly.domain.acceptance import Acceptance
from nightly.domain.build_record import BuildRecord, Outcome
from nightly.domain.days import time_of
from nightly.domain.findings import Finding
from nightly.report.comparison import Comparison, lost
from nightly.report.markup import Content, element, listed
from nightly.report.words import change, counted, dollars, duration, moment, percent, whole

_HEADLINES: Final = {
    Outcome.UNDER_WAY: "The build is made; import or training is under way",
    Outcome.ACCEPTED: "The new version is live",
    Outcome.KEPT: "The new version was judged worse, so the live one stays",
    Outcome.NOTHING_NEW: "Nothing new, so nothing was imported or trained",
    Outcome.STOPPED: "Stopped before anything was imported or trained",
    Outcome.FAILED: "The night failed, and the live version was left as it is",
}
_SIGNS: Final = {
    Outcome.UNDER_WAY: "Under way",
    Outcome.ACCEPTED: "Deployed",
    Outcome.KEPT: "Kept",
    Outcome.NOTHING_NEW: "Nothing new",
    Outcome.STOPPED: "Stopped",
    Outcome.FAILED: "Failed",
}
_PLANS: Final = {
    "none": "Import nothing: what is new reached Personalize as it happened",
    "undelivered": "Import what Personalize was not sent",
    "rebuild": "Rebuild: import everything into a new dataset group",
}


def headline(compared: Comparison, acceptance: Acceptance | None = None) -> Element:
    """What happened, and why; and that somebody has accepted it."""
    record = compared.record
    made = element("time", moment(compared.made_at), datetime=record.made_at)
    return element(
        "header",
        element("p", "Nightly build ", element("b", record.build), class_="over"),
        element("h1", _HEADLINES[record.outcome]),
        element("p", element("span", _SIGNS[record.outcome], class_="sign"), " ", made),
        listed("ul", record.reasons, class_="reasons"),
        None if acceptance is None else element("p", _accepted(acceptance), class_="accepted"),
        class_=f"outcome {record.outcome.value}",
    )


def tiles(compared: Comparison) -> Element:
    """The few figures that one looks for first."""
    now, before = compared.now, compared.before
    return element(
        "dl",
        _tile("rows to train on", whole(now.rows), change(now.rows, before and before.rows)),
        _tile("users", *_of(compared, "users")),
        _tile("items", *_of(compared, "items")),
        _tile("of the newest rows are lost", percent(lost(now)), None),
        _tile("age of the newest interaction", _age(compared), None),
        _tile("estimated cost", *_price(compared.record)),
        class_="tiles",
    )


def decisions(compared: Comparison) -> Element:
    """Plan, gates and cost, side by side."""
    record = compared.record
    return element(
        "div",
        element("section", element("h3", "Import plan"), *_plan(record)),
        element("section", element("h3", "Gates"), *_gates(record)),
        element("section", element("h3", "Cost"), *_cost(record)),
        class_="cards",
    )


def _accepted(acceptance: Acceptance) -> str:
    at = moment(time_of(acceptance.accepted_at))
    gates = ", ".join(acceptance.gates)
    return f"Accepted by a person on {at} ({gates}): {acceptance.reason}"


def _tile(name: str, value: str, note: str | None) -> Element:
    said = None if note is None else element("small", note)
    return element("div", element("dt", name), element("dd", value, " ", said))


def _of(compared: Comparison, name: str) -> tuple[str, str | None]:
    now = getattr(compared.now, name).get(name, 0)
    before = compared.before
    return whole(now), change(now, before and getattr(before, name).get(name))


def _age(compared: Comparison) -> str:
    span = compared.now.span_s
    if span is None:
        return "\N{EN DASH}"
    return duration(max(compared.made_at.timestamp() - span[1], 0))


def _price(record: BuildRecord) -> tuple[str, str | None]:
    if not record.cost:
        return "\N{EN DASH}", None
    ceiling = record.cost.get("ceiling_usd")
    return dollars(_total(record.cost)), None if ceiling is None else f"of {dollars(ceiling)}"


def _total(cost: Mapping[str, Any]) -> float:
    return cost.get("import_usd", 0.0) + cost.get("training_usd", 0.0)


def _plan(record: BuildRecord) -> tuple[Content, ...]:
    plan = record.plan
    days = plan.get("days")
    imported = record.import_ or {}
    return (
        element("p", _PLANS.get(plan.get("kind", ""), "No plan was made"), class_="lead"),
        listed("ul", plan.get("reasons", ())),
        None if not days else element("p", f"Days {days[0]} to {days[-1]}"),
        None if "rows" not in imported else element("p", _import(imported)),
    )


def _import(imported: Mapping[str, Any]) -> str:
    return f"{counted(imported['rows'], 'row')}, {imported.get('mode', 'import')}"


def _gates(record: BuildRecord) -> tuple[Content, ...]:
    gate = record.gate
    said = (
        "All gates passed"
        if not gate.findings
        else "Passed, with warnings"
        if gate.passed
        else "Not passed: nothing is imported or trained after this"
    )
    return (
        element("p", said, class_="lead"),
        record.compared_with and element("p", f"Compared with {record.compared_with}"),
        _findings("Failures", gate.failures, "failure"),
        _findings("Warnings", gate.warnings, "warning"),
    )


def _findings(title: str, findings: Sequence[Finding], name: str) -> Content:
    if not findings:
        return None
    items = [element("span", element("b", each.gate), ": ", each.text) for each in findings]
    listing = listed("ul", items, class_="findings")
    return element("div", element("h4", f"{title} ({len(items)})"), listing, class_=name)


def _cost(record: BuildRecord) -> tuple[Content, ...]:
    cost = record.cost
    if not cost:
        return (element("p", "No estimate was made", class_="lead"),)
    ceiling = cost.get("ceiling_usd")
    parts = (
        f"Import {dollars(cost.get('import_usd', 0.0))}",
        f"Training {dollars(cost.get('training_usd', 0.0))}",
        "No ceiling is set" if ceiling is None else _ceiling(cost, ceiling),
    )
    return (
        element("p", f"About {dollars(_total(cost))}", class_="lead"),
        listed("ul", parts),
        element("p", _priced(cost), class_="quiet"),
    )


def _ceiling(cost: Mapping[str, Any], ceiling: float) -> str:
    relation = "Within" if _total(cost) <= ceiling else "Above"
    return f"{relation} the ceiling of {dollars(ceiling)}"


def _priced(cost: Mapping[str, Any]) -> str:
    confirmed = "" if cost.get("is_confirmed") else ", which nobody has confirmed"
    return f"Prices of {cost.get('priced_on', 'an unknown day')}{confirmed}"
