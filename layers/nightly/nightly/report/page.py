"""The quality report of a build: one HTML document with everything in it.

A browser that opens it runs the scripts in it and asks nobody for anything; the document says so
itself by its Content-Security-Policy. The same records make the same bytes.
"""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Final
from xml.etree.ElementTree import Element

from nightly.domain.acceptance import Acceptance
from nightly.domain.build_record import BuildRecord
from nightly.report import counts, spreads, times, versions
from nightly.report.comparison import Comparison
from nightly.report.decision import decisions, headline, tiles
from nightly.report.drift import drift, shifted
from nightly.report.figures import Figure, drawn
from nightly.report.markup import Content, data, document, element
from nightly.report.spreads import Marks

_LIBRARIES: Final = ("d3.min.js", "plot.umd.min.js")


def page(
    record: BuildRecord,
    earlier: Sequence[BuildRecord],
    marks: Marks | None = None,
    acceptance: Acceptance | None = None,
) -> str:
    """The report of a build as HTML.

    Args:
        record: Of the build.
        earlier: Of others, in any order; those made later are left out.
        marks: Today's thresholds; those of the template if not given.
        acceptance: Of what stopped the build, if somebody has accepted it.
    """
    compared = Comparison.of(record, earlier)
    sections = _sections(compared, marks or Marks())
    figures = [figure for _, _, _, shown in sections for figure in shown]
    body = element(
        "body",
        headline(compared, acceptance),
        element(
            "main",
            tiles(compared),
            decisions(compared),
            _contents(sections),
            *(_section(*section) for section in sections),
        ),
        element("footer", _footer(compared)),
        data("figures", {each.name: each.plot for each in figures if each.plot is not None}),
    )
    return document(
        f"{record.build}: {record.outcome.value.replace('_', ' ')}",
        body,
        styles=(_own("page.css"),),
        scripts=(*map(_library, _LIBRARIES), _own("page.js")),
    )


type _Section = tuple[str, str, Content, tuple[Figure, ...]]


def _sections(compared: Comparison, marks: Marks) -> tuple[_Section, ...]:
    when = (times.days(compared), times.ages(compared), counts.event_mix(compared))
    watched = (
        spreads.completion(compared, marks),
        spreads.watch_time(compared),
        spreads.per_user(compared),
        spreads.per_item(compared),
        counts.popular(compared),
    )
    left_out = (
        counts.rows_left_out(compared),
        counts.interactions_left_out(compared),
        counts.missing(compared),
    )
    moved = (drift(compared), shifted(compared, marks.limits))
    return (
        ("when", "When", None, when),
        ("watched", "What was watched", None, watched),
        ("left-out", "What was left out", None, left_out),
        ("drift", "Against the last accepted build", None, moved),
        ("versions", "Versions", versions.judgement(compared), (versions.metrics(compared),)),
    )


def _contents(sections: Sequence[_Section]) -> Element:
    links = (element("a", title, href=f"#{name}") for name, title, _, _ in sections)
    return element("nav", *links, aria_label="Sections")


def _section(name: str, title: str, lead: Content, figures: Sequence[Figure]) -> Element:
    return element(
        "section",
        element("h2", title),
        lead,
        element("div", *map(drawn, figures), class_="figures"),
        id=name,
    )


def _footer(compared: Comparison) -> str:
    record = compared.record
    return (
        f"Night of {record.night}, days: {record.days}. All times are UTC. Shares of users and"
        " items are of what would be trained on."
    )


@cache
def _own(name: str) -> str:
    return (files("nightly.report") / name).read_text("utf-8")


@cache
def _library(name: str) -> str:
    return (files("nightly.report") / "vendor" / name).read_text("utf-8")
