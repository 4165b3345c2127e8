"""A figure of the report: what to see, the plot, and the same as a table.

The table is what is read without scripts, aloud, or to copy a number. It stands open in the page,
and the script folds it up only once the plot is drawn.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

from nightly.report.markup import element, listed


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a header; what is right in each column is a number.

    Attributes:
        words: How many columns from the left are words.
    """

    header: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    words: int = 1


@dataclass(frozen=True, slots=True)
class Figure:
    """Something to look at.

    Attributes:
        name: Unique in the page.
        sees: One sentence that says what there is to see.
        plot: What page.js draws; its `kind` names the function. None: the table alone.
        key: Whether two builds are compared in it, and a key says which is which.
        place: `wide` takes the whole width, `tall` the height of two.
    """

    name: str
    title: str
    sees: str
    table: Table
    plot: Mapping[str, Any] | None
    key: str | None = field(default=None, kw_only=True)
    place: str | None = field(default=None, kw_only=True)


def drawn(figure: Figure) -> Element:
    """The figure as it stands in the page."""
    return element(
        "figure",
        element("h3", figure.title),
        element("p", figure.sees, class_="sees"),
        None if figure.key is None else _key(figure.key),
        None if figure.plot is None else _plot(figure),
        _table(figure),
        class_=figure.place,
        id=figure.name,
    )


def _table(figure: Figure) -> Element:
    """The table, which scrolls by itself where a screen is too narrow."""
    if figure.plot is None:
        return _tabled(figure)
    return element("details", element("summary", "Data"), _tabled(figure), open="open")


def _tabled(figure: Figure) -> Element:
    table = figure.table
    head = element("tr", *(element("th", name, scope="col") for name in table.header))
    rows = (_row(row, table.words) for row in table.rows)
    return element(
        "div",
        element(
            "table",
            element("caption", figure.title),
            element("thead", head),
            element("tbody", *rows),
        ),
        class_="table",
        tabindex="0",
        role="region",
        aria_label=f"Data: {figure.title}",
    )


def _plot(figure: Figure) -> Element:
    return element(
        "div",
        class_="plot",
        role="img",
        aria_label=f"{figure.title}. {figure.sees} The data follow as a table.",
        data_figure=figure.name,
    )


def _key(before: str) -> Element | None:
    return listed(
        "ul",
        (
            element("span", "this build", class_="now"),
            element("span", f"last accepted build, {before}", class_="before"),
        ),
        class_="key",
    )


def _row(row: tuple[str, ...], words: int) -> Element:
    cells = (
        element("td", cell, class_="word" if position < words else None)
        for position, cell in enumerate(row[1:], start=1)
    )
    return element("tr", element("th", row[0], scope="row"), *cells)
