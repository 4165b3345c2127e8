"""The page of a build: complete without scripts, harmless whatever ids say, and always the same."""

import base64
import hashlib
import json
import re
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from typing import Any

import pytest
from nightly.domain.build_record import BuildRecord, Outcome
from nightly.domain.findings import Finding, Severity
from nightly.domain.statistics import BuildStatistics, DayCount, ItemCount
from nightly.report.page import page
from nightly.report.spreads import Marks

from tests.support import build_records as records

HOSTILE = "</script><img src=x onerror=alert(1)><style>*{}</style><!--"
VOID = {"meta", "img", "br", "link"}


@dataclass
class Read(HTMLParser):
    """What a browser would find: elements with attributes, and the text of each kind."""

    elements: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    opened: list[str] = field(default_factory=list)
    blocks: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.opened.append(tag)
        if tag in {"script", "style"}:
            self.blocks.append((tag, ""))

    def handle_endtag(self, tag: str) -> None:
        assert self.opened.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.opened and self.opened[-1] in {"script", "style"}:
            self.blocks[-1] = (self.blocks[-1][0], self.blocks[-1][1] + data)
            return
        for tag in self.opened:
            self.texts[tag] = self.texts.get(tag, "") + data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def read(content: str) -> Read:
    """Parse a page, and see that every element is closed in order."""
    found = Read()
    found.feed(content)
    found.close()
    assert not found.opened
    return found


def figures(content: str) -> dict[str, Any]:
    """What page.js is given to draw."""
    block = re.search(r'<script type="application/json" id="figures">(.*?)</script>', content)
    assert block is not None
    return json.loads(block[1])


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (Outcome.ACCEPTED, "The new version is live"),
        (Outcome.KEPT, "The new version was judged worse, so the live one stays"),
        (Outcome.NOTHING_NEW, "Nothing new, so nothing was imported or trained"),
        (Outcome.STOPPED, "Stopped before anything was imported or trained"),
        (Outcome.FAILED, "The night failed, and the live version was left as it is"),
        (Outcome.UNDER_WAY, "The build is made; import or training is under way"),
    ],
)
def test_says_first_how_the_night_ended_and_why(outcome: Outcome, said: str) -> None:
    """The headline and the reasons are plain words."""
    found = read(page(records.record(outcome=outcome, reasons=("Because.",)), []))
    assert found.texts["h1"] == said
    assert "Because." in found.texts["header"]


def test_tells_findings_plan_and_cost() -> None:
    """What stopped a night, what would have been imported, and what it would have cost."""
    record = records.record(
        outcome=Outcome.STOPPED,
        findings=(records.failure(), records.warning()),
        plan={
            "kind": "undelivered",
            "reasons": ["1,412 were not sent."],
            "days": ["2026-11-20", "2026-11-23"],
        },
        import_={"rows": 1412, "mode": "INCREMENTAL"},
        cost={
            "import_usd": 0.004,
            "training_usd": 9.0,
            "ceiling_usd": 5.0,
            "priced_on": "2026-11-24",
        },
    )
    said = read(page(record, [])).texts["main"]
    assert "Failures (1)" in said
    assert "Personalize needs 25." in said
    assert "Warnings (1)" in said
    assert "Import what Personalize was not sent" in said
    assert "Days 2026-11-20 to 2026-11-23" in said
    assert "1,412 rows, INCREMENTAL" in said
    assert "Above the ceiling of $5.00" in said
    assert "Prices of 2026-11-24, which nobody has confirmed" in said


def test_asks_nobody_and_runs_what_it_brought_alone() -> None:
    """No address is loaded, and the policy has the hash of every script and style, nothing else."""
    found = read(page(records.record(), records.history(3)))
    loaded = [
        value
        for _, each in found.elements
        for name, value in each.items()
        if name in {"src", "href"}
    ]
    assert all(value is not None and value.startswith("#") for value in loaded)
    assert not found.of("link")
    policy = next(
        each["content"] or ""
        for each in found.of("meta")
        if each.get("http-equiv") == "Content-Security-Policy"
    )
    allowed = set(re.findall(r"'sha256-([^']+)'", policy))
    run = [text for (tag, text) in found.blocks if not (tag == "script" and text.startswith("{"))]
    assert allowed == {_hash(text) for text in run}
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    assert "http" not in policy


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_hostile_words_stay_words() -> None:
    """Ids, reasons, names of builds and findings that are markup show as text, and nothing runs."""
    usual = read(page(records.record(night=4), records.history(4)))
    finding = Finding(HOSTILE, Severity.WARNING, HOSTILE, {})
    statistics = replace(
        records.statistics(night=4),
        popular_items=(ItemCount(HOSTILE, 9), ItemCount("\ud800\u202e\0", 8)),
        event_types={HOSTILE: 5},
        outcomes={HOSTILE: 5},
        nulls={HOSTILE: 0.5},
    )
    record = records.record(
        night=4,
        findings=(finding,),
        statistics=statistics,
        build=HOSTILE,
        reasons=(HOSTILE,),
        plan={"kind": HOSTILE, "reasons": [HOSTILE], "days": [HOSTILE, HOSTILE]},
    )
    earlier = [replace(each, build=HOSTILE) for each in records.history(4)]
    content = page(record, earlier)
    found = read(content)
    kinds = {tag for tag, _ in found.elements}
    assert kinds <= {tag for tag, _ in usual.elements} | {"h4"}
    assert len(found.of("script")) == len(usual.of("script"))
    assert len(found.of("style")) == len(usual.of("style"))
    assert not [name for _, each in found.elements for name in each if name.startswith("on")]
    assert HOSTILE in found.texts["header"]
    assert HOSTILE in found.texts["table"]
    assert figures(content)["popular"]["labels"][0] == HOSTILE
    assert content.encode()
    assert not set("\ud800\u202e\0") & set(content)


def test_the_same_records_make_the_same_bytes() -> None:
    """In whatever order earlier builds are listed, and with later ones among them."""
    record, earlier = records.record(night=9), records.history(9)
    later = [records.record(night=10), record]
    assert page(record, earlier) == page(record, [*reversed(earlier), *later])


def test_compares_with_the_last_accepted_build() -> None:
    """Not with the last one, if that was not deployed."""
    earlier = [*records.history(5), records.record(night=5, outcome=Outcome.KEPT)]
    content = page(records.record(night=6), earlier)
    assert "last accepted build, night-2026-11-28" in read(content).texts["main"]
    assert figures(content)["mix"]["before"] is not None


def test_the_first_build_is_compared_with_nothing() -> None:
    """No key, no earlier marks, and it says so."""
    content = page(records.record(), [])
    assert "There is no accepted build to compare with yet." in read(content).texts["main"]
    assert figures(content)["completion"]["before"] is None
    assert "last accepted build," not in content


def test_every_plot_has_its_data_in_a_table_that_stands_open() -> None:
    """Who reads without scripts, or listens, misses nothing."""
    content = page(records.record(night=3), records.history(3))
    found = read(content)
    drawn = {each["data-figure"] for each in found.of("div") if each.get("class") == "plot"}
    assert drawn == set(figures(content))
    assert len(found.of("details")) == len(drawn)
    assert all(each == {"open": "open"} for each in found.of("details"))
    labels = [each["aria-label"] for each in found.of("div") if each.get("role") == "img"]
    assert len(labels) == len(set(labels)) == len(drawn)
    assert all(each.get("scope") for each in found.of("th"))


def test_days_without_interactions_are_shown() -> None:
    """A gap has a day of its own with nothing, and is told."""
    statistics = replace(
        records.statistics(),
        daily=(DayCount("2026-11-20", 7), DayCount("2026-11-23", 5)),
    )
    content = page(records.record(statistics=statistics), [])
    assert figures(content)["days"]["days"] == [
        ["2026-11-20", 7],
        ["2026-11-21", 0],
        ["2026-11-22", 0],
        ["2026-11-23", 5],
    ]
    assert "2 days without interactions, 2026-11-22 the last of them." in content


def test_twenty_years_are_cut_to_the_last_one() -> None:
    """A history of thousands of days neither swells the page nor hides how old it is."""
    content = page(records.record(statistics=records.statistics(days=250 * 28)), [])
    found = figures(content)
    assert len(found["days"]["days"]) == 366
    assert len(found["ages"]["points"]) <= 401
    assert found["ages"]["points"][-1][0] > 6_000
    assert "The last 366 of 7,000 days are shown." in content


def test_copies_and_raises_are_no_loss() -> None:
    """What counts once anyway is not told as lost, though it is listed."""
    statistics = replace(
        records.statistics(), archived={"ok": 50, "raise": 30, "repeated": 18, "late": 2}
    )
    content = page(records.record(statistics=statistics), [])
    assert "2.0\N{NO-BREAK SPACE}% of the newest rows are lost." in content
    assert figures(content)["rows"]["values"] == [0.3, 0.18, 0.02]


def test_drift_stands_beside_the_limits_of_the_gates() -> None:
    """The stability indexes of the gates, and what they would tell or stop at."""
    statistics = replace(records.statistics(night=3), event_types={"Click": 10_000, "Watch": 1})
    content = page(records.record(night=3, statistics=statistics), records.history(3))
    moved = figures(content)["shifted"]
    assert moved["labels"] == ["Event types", "Completion", "Popular items"]
    assert moved["values"][0] > 0.25
    assert [mark["at"] for mark in moved["marks"]] == [0.1, 0.25]


def test_todays_thresholds_are_marked() -> None:
    """WatchRatio and CompleteRatio stand where they are set, between the twenty bins."""
    content = page(records.record(), [], Marks(watch_ratio=0.33, complete_ratio=0.95))
    marks = figures(content)["completion"]["marks"]
    assert [mark["at"] for mark in marks] == pytest.approx([6.6, 19.0])
    assert [mark["text"] for mark in marks] == [
        "WatchRatio 33\N{NO-BREAK SPACE}%",
        "CompleteRatio 95\N{NO-BREAK SPACE}%",
    ]


def test_versions_are_shown_over_time() -> None:
    """Each metric has a point a version, and says which of them went live."""
    content = page(records.record(night=6), records.history(6))
    series = figures(content)["metrics"]["series"]
    coverage = next(each for each in series if each["name"] == "Coverage")
    assert [point[3] for point in coverage["points"]] == [True] * 5 + [False, True]
    assert "NDCG at 25" in {each["name"] for each in series}


def test_a_metric_that_is_no_number_is_left_out() -> None:
    """A browser could not read it, and with it nothing."""
    training = {"metrics": {"coverage": float("nan"), "precision_at_5": 0.1}, "judgement": None}
    content = page(records.record(training=training), [])
    assert [each["name"] for each in figures(content)["metrics"]["series"]] == ["Precision at 5"]
    assert "NaN" not in json.dumps(figures(content))
    assert "The version of this build was not judged." in content


@pytest.mark.parametrize("with_history", [True, False])
def test_a_build_without_anything_has_a_page(*, with_history: bool) -> None:
    """A night that failed before it counted anything still says so."""
    empty = BuildStatistics(0, {}, {}, None, {}, {})
    record = _bare(records.record(night=2, statistics=empty, outcome=Outcome.FAILED))
    content = page(record, records.history(2) if with_history else [])
    found = read(content)
    assert "No plan was made" in found.texts["main"]
    assert "No estimate was made" in found.texts["main"]
    assert "days" not in figures(content)


def _bare(record: BuildRecord) -> BuildRecord:
    return replace(record, plan={}, cost={}, import_=None, training=None)
