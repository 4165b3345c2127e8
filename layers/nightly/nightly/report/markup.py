"""HTML as a tree: whatever is said of ids and reasons is text, and becomes markup nowhere."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from xml.etree.ElementTree import Element, tostring

type Content = Element | str | None

# Controls, halves of surrogate pairs and what turns the direction of writing: none has a place in
# a page, and the first two not even in a file.
_UNPRINTABLE: Final = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]"
)
_LANGUAGE: Final = "en"


def element(tag: str, *content: Content, **attributes: str | None) -> Element:
    """An element with texts and elements in it.

    Args:
        tag: Its name.
        content: In order; None is left out.
        attributes: `class_` is `class`, `data_name` is `data-name`; None is left out.
    """
    named = {
        name.rstrip("_").replace("_", "-"): text(value)
        for name, value in attributes.items()
        if value is not None
    }
    made = Element(tag, named)
    for part in content:
        _append(made, part)
    return made


def listed(tag: str, items: Sequence[Content], **attributes: str | None) -> Element | None:
    """A list of items; None when there are none."""
    if not items:
        return None
    return element(tag, *(element("li", item) for item in items), **attributes)


def text(content: str) -> str:
    """A text without characters that no page can show."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", content)


def data(name: str, content: Mapping[str, Any]) -> Element:
    """A block of JSON that no browser runs, and that nothing in it can end."""
    written = json.dumps(content, sort_keys=True, separators=(",", ":"))
    for sign in "<>&":
        written = written.replace(sign, f"\\u{ord(sign):04x}")
    made = Element("script", {"type": "application/json", "id": name})
    made.text = written
    return made


def document(title: str, body: Element, *, styles: Sequence[str], scripts: Sequence[str]) -> str:
    """A page whose browser runs and draws by exactly these scripts and styles, and asks nobody.

    Args:
        title: Of the tab.
        body: The element `body`; the scripts are put at its end.
        styles: Style sheets.
        scripts: Our own or a library's, in order; none has `</script` in it.
    """
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_policy(styles, scripts)),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", title),
        *(_verbatim("style", style) for style in styles),
    )
    body.extend(_verbatim("script", script) for script in scripts)
    page = element("html", head, body, lang=_LANGUAGE)
    return "<!DOCTYPE html>\n" + tostring(page, encoding="unicode", method="html") + "\n"


def _append(to: Element, part: Content) -> None:
    match part:
        case None:
            return
        case str() if len(to):
            to[-1].tail = (to[-1].tail or "") + text(part)
        case str():
            to.text = (to.text or "") + text(part)
        case _:
            to.append(part)


def _verbatim(tag: str, content: str) -> Element:
    """A script or style as it is: these two are written unescaped."""
    made = Element(tag)
    made.text = content
    return made


def _policy(styles: Sequence[str], scripts: Sequence[str]) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {' '.join(map(_hash, scripts))}",
            f"style-src {' '.join(map(_hash, styles))}",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _hash(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
