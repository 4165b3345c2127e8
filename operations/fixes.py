"""Fix files: which messages to mend, and how; data, not code.

A file is a JSON list of rules, or one rule a line. A rule says `when` it fits and what is `then`
done to the JSON body, step by step; places are JSON pointers (RFC 6901):

    {"when": {"reason": "schema", "detail": "missing: *", "fields": {"/kind": "playback"}},
     "then": [{"op": "set", "path": "/rate", "value": 1.0},
              {"op": "rename", "path": "/userId", "to": "user_id"},
              {"op": "remove", "path": "/debug"},
              {"op": "replace", "path": "/item_id", "pattern": "^film ", "with": "film-"}]}

Rules apply in order, each to what those before it left. A body that no rule changes stays as it is,
byte for byte.
"""

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from fnmatch import fnmatchcase
from typing import Annotated, Any, Final, Literal, cast

from ingestion.domain.rejection import RejectionReason
from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter
from pydantic_core import from_json, to_json

from operations.rows import StoredRejection, json_of

type _Path = Annotated[str, Field(pattern=r"^(/([^~/]|~[01])+)+$")]

_MISSING: Final = object()


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Set(_Closed):
    """Give a field a value; objects on the way are made."""

    op: Literal["set"]
    path: _Path
    value: JsonValue

    def apply(self, document: dict[str, Any]) -> None:
        """Change the document."""
        _put(document, self.path, deepcopy(self.value))


class Remove(_Closed):
    """Leave a field out."""

    op: Literal["remove"]
    path: _Path

    def apply(self, document: dict[str, Any]) -> None:
        """Change the document."""
        _take(document, self.path)


class Rename(_Closed):
    """Give a field another name in the same object; not over one that is there."""

    op: Literal["rename"]
    path: _Path
    to: Annotated[str, Field(min_length=1)]

    def apply(self, document: dict[str, Any]) -> None:
        """Change the document."""
        parent, name = _place(document, self.path)
        if isinstance(parent, dict) and name in parent and self.to not in parent:
            parent[self.to] = parent.pop(name)


class Replace(_Closed):
    """Replace what a regular expression finds in a text."""

    op: Literal["replace"]
    path: _Path
    pattern: re.Pattern[str]
    replacement: Annotated[str, Field(alias="with")]

    def apply(self, document: dict[str, Any]) -> None:
        """Change the document."""
        value = value_at(document, self.path)
        if isinstance(value, str):
            _put(document, self.path, self.pattern.sub(self.replacement, value))


class When(_Closed):
    """What a rule fits: all that is said must hold.

    Attributes:
        detail: May have wildcards, as file names do.
        fields: Values by JSON pointer.
    """

    reason: RejectionReason | None = None
    detail: str | None = None
    recorded_by: str | None = None
    fields: Mapping[_Path, JsonValue] = Field(default_factory=dict)

    def fits(self, rejection: StoredRejection, document: object) -> bool:
        """Whether the rule is for this rejection, the body being as it is by now."""
        return (
            self.reason in {None, rejection.reason}
            and (self.detail is None or fnmatchcase(rejection.detail, self.detail))
            and self.recorded_by in {None, rejection.recorded_by}
            and all(_is(value_at(document, path), value) for path, value in self.fields.items())
        )


class Fix(_Closed):
    """One rule."""

    when: When
    then: Annotated[
        tuple[Annotated[Set | Remove | Rename | Replace, Field(discriminator="op")], ...],
        Field(min_length=1),
    ]


_FIXES: Final = TypeAdapter(tuple[Fix, ...])


def fixes_in(text: bytes) -> Sequence[Fix]:
    """The rules of a file.

    Raises:
        ValueError: It is no fix file (pydantic's ValidationError is one).
    """
    if text.lstrip().startswith(b"["):
        return _FIXES.validate_json(text)
    return _FIXES.validate_python([from_json(line) for line in text.splitlines() if line.strip()])


def mended(rejection: StoredRejection, body: bytes, fixes: Sequence[Fix]) -> bytes:
    """The body after every rule that fits; the very same bytes when none changed anything."""
    document = json_of(body)
    if not isinstance(document, dict):
        return body
    fields = cast("dict[str, Any]", document)
    before = to_json(fields, inf_nan_mode="constants")
    for fix in fixes:
        if fix.when.fits(rejection, fields):
            for step in fix.then:
                step.apply(fields)
    after = to_json(fields, inf_nan_mode="constants")
    return body if after == before else after


def value_at(document: object, path: str) -> object:
    """The value at a pointer; something equal to nothing when there is none."""
    parent, name = _place(document, path)
    if isinstance(parent, dict):
        return cast("dict[str, object]", parent).get(name, _MISSING)
    if isinstance(parent, list) and _is_index(name, parent):
        return cast("list[object]", parent)[int(name)]
    return _MISSING


def _is(found: object, value: JsonValue) -> bool:
    """Whether they are one JSON value; to Python `true` and 1 would be equal."""
    return found is not _MISSING and to_json(found, inf_nan_mode="constants") == to_json(value)


def _is_index(name: str, items: Sequence[object]) -> bool:
    return name.isascii() and name.isdigit() and int(name) < len(items)


def _names(path: str) -> list[str]:
    return [name.replace("~1", "/").replace("~0", "~") for name in path.split("/")[1:]]


def _place(document: object, path: str) -> tuple[Any, str]:
    """The container in which a pointer ends, and the last name; no container when there is none."""
    *names, last = _names(path)
    container: Any = document
    for name in names:
        if isinstance(container, dict):
            container = cast("dict[str, Any]", container).get(name)
        elif isinstance(container, list) and _is_index(name, container):
            container = cast("list[Any]", container)[int(name)]
        else:
            return None, last
    return container, last


def _put(document: dict[str, Any], path: str, value: JsonValue) -> None:
    *names, _ = _names(path)
    for depth, name in enumerate(names):
        parent, _ = _place(document, "/" + "/".join(path.split("/")[1 : depth + 2]))
        if isinstance(parent, dict):
            parent.setdefault(name, {})
    parent, last = _place(document, path)
    if isinstance(parent, dict):
        parent[last] = value
    elif isinstance(parent, list) and _is_index(last, parent):
        parent[int(last)] = value


def _take(document: dict[str, Any], path: str) -> None:
    parent, last = _place(document, path)
    if isinstance(parent, dict):
        parent.pop(last, None)
    elif isinstance(parent, list) and _is_index(last, parent):
        del parent[int(last)]
