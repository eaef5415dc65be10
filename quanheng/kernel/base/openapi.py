"""The OpenAPI document: what every operation can answer, whether or not its router says so.

A router declares the refusals of its own services. What the framework refuses before it (a body that cannot
be read, a token that does not hold or is not for this, a missing CSRF token, too many calls) holds for all and is
added here.
"""

from __future__ import annotations

from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from quanheng.kernel.base.api import ProblemOut

PROBLEM_TYPE = "application/problem+json"
TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Content",
    429: "Too Many Requests",
}


class Document(OpenAPISchema):
    """Ninja's document with the problems that hold for all. ValueError where two schemas share a name."""

    def __init__(self, api: NinjaAPI, path_prefix: str) -> None:
        super().__init__(api, path_prefix)
        self["components"]["schemas"].setdefault("ProblemOut", ProblemOut.model_json_schema(ref_template=_REF))

    def operation_details(self, operation: Operation) -> dict[str, Any]:
        details = super().operation_details(operation)
        kinds = set(details.get("requestBody", {}).get("content", ()))
        common = [400, 401, 403, 429]
        if kinds:
            common += [413, 415]
        if kinds or details["parameters"]:
            common.append(422)
        answers = details["responses"]
        for status in common:
            answers.setdefault(status, {"description": TITLES[status]})
        for status, answer in answers.items():
            if status >= 400:
                answer["content"] = {PROBLEM_TYPE: {"schema": {"$ref": _REF.format(model="ProblemOut")}}}
        details["responses"] = {str(status): answers[status] for status in sorted(answers)}
        return details

    def add_schema_definitions(self, definitions: dict[str, Any]) -> None:
        for name, definition in definitions.items():
            if self.schemas.setdefault(name, definition) != definition:
                raise ValueError(f"two different schemas are called {name}: rename one of the classes")


_REF = "#/components/schemas/{model}"
