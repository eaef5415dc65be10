"""Every address of the platform: the API's operations from its document, the pages from the URL patterns."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from quanheng.api import DOCUMENT
from tests.security.scene import Scene

# Not ours: the packages' own pages hold nothing of organisations.
FOREIGN = ("account/", "i18n/", "api/")


@dataclass(frozen=True)
class Place:
    """One method on one address; ``parameters`` are the names in braces in ``template``, ``queries`` those after it."""

    method: str
    template: str
    body: Any = None
    kind: str = ""
    queries: tuple[str, ...] = ()

    @property
    def parameters(self) -> list[str]:
        return re.findall(r"{(\w+)}", self.template)

    def at(self, **values: str) -> str:
        return self.template.format(**values)


def operations() -> Iterator[Place]:
    """Every operation of the API with a body that its schema accepts."""
    document = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    for template, methods in document["paths"].items():
        for method, details in methods.items():
            content = details.get("requestBody", {}).get("content", {})
            kind = next(iter(content), "")
            body = example(content[kind]["schema"], document["components"]["schemas"]) if kind else None
            queries = tuple(one["name"] for one in details.get("parameters", ()) if one["in"] == "query")
            yield Place(method.upper(), template, body, kind, queries)


def example(schema: dict[str, Any], known: dict[str, Any]) -> Any:
    """The plainest value that a schema of the document accepts."""
    if "$ref" in schema:
        return example(known[schema["$ref"].rsplit("/", 1)[1]], known)
    for several in ("anyOf", "allOf", "oneOf"):
        if several in schema:
            return example(schema[several][0], known)
    if "enum" in schema:
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    kind = schema.get("type")
    if kind == "object":
        needed = schema.get("required", ())
        return {name: example(one, known) for name, one in schema.get("properties", {}).items() if name in needed}
    if kind == "array":
        return [example(schema["items"], known)] * max(1, schema.get("minItems", 0))
    if kind in ("integer", "number"):
        return schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
    if kind == "boolean":
        return True
    return {"date": "2030-01-01", "date-time": "2030-01-01T00:00:00Z"}.get(schema.get("format", ""), "文字")


def pages() -> Iterator[Place]:
    """Every page of ours, for each method that pages use. AssertionError at a parameter that nobody knows to fill."""
    for template in sorted(set(_templates(get_resolver().url_patterns, ""))):
        for method in ("GET", "POST", "PUT"):
            yield Place(method, f"/{template}")


def _templates(patterns: list[Any], before: str) -> Iterator[str]:
    for pattern in patterns:
        route = before + str(pattern.pattern).lstrip("^").rstrip("$")
        if route.startswith(FOREIGN):
            continue
        if isinstance(pattern, URLResolver):
            yield from _templates(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield from _spelled(route)


def _spelled(route: str) -> Iterator[str]:
    """A route with braces for its parameters; those that are a choice of words, one by one."""
    choice = re.search(r"\(\?P<\w+>(\w+(?:\|\w+)+)\)", route)
    if choice:
        for word in choice[1].split("|"):
            yield from _spelled(route.replace(choice[0], word))
        return
    plain = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", re.sub(r"\(\?P<(\w+)>[^)]*\)", r"{\1}", route))
    unknown = set(re.findall(r"{(\w+)}", plain)) - set(FILLED)
    assert not unknown, f"{plain}: say in tests/security/places.py what {unknown} stands for"
    yield plain


# Parameters, and what stands for them where they are not what is tried out: a plain value that everybody knows,
# or (see ``fill``) the name of a row of the scene.
FILLED = {
    "uid": "x",
    "number": "x",
    "code": "ebike",
    "label": "x",
    "order_uid": "order case",
    "position": "1",
    "name": "organisations",
    "format": "csv",
    "other": "x",
}
FILLED |= {
    "dataset": "regions",
    "release": "x",
    "file": "regions.csv",
    "raw": "results.RawFile",
    "token": "x",
    "task": "decision",
    "edition": "v2",
    "tile": "0/000.p/1",
    "log": "x",
    "lists": "1",
    "sha256": "0" * 64,
    "key": "attestations.IssuerKey",
    "kind": "calibration",
}


def fill(place: Place, scene: Scene, **tried: str) -> str:
    """The address of a place with ``tried`` in it, and what is usual for its other parameters."""
    values = {name: FILLED[name] for name in place.parameters} | tried
    return place.at(**{name: scene.rows[value].uid if value in scene.rows else value for name, value in values.items()})
