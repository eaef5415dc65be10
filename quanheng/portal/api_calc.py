"""The science over the API: the tasks of ``quanheng.science.tasks`` as they are, for everybody.

Nothing is stored and nobody needs an account; calls are counted like those of any visitor. What a task may cost is
bounded by the task itself.
"""

from __future__ import annotations

from typing import Any

from ninja import Body, Router
from pydantic import Field

from quanheng.kernel.base.api import ActorRequest, Shape, problems
from quanheng.kernel.base.errors import FieldError, Invalid, NotFound, bilingual
from quanheng.science.errors import ScienceError
from quanheng.science.task import Task
from quanheng.science.tasks import names, task

router = Router(tags=["calculations"])

# What may be in it, the task's own schema says.
Anything = Body(..., description="What the task takes")


class CalcTaskOut(Shape):
    """A calculation that can be asked for."""

    name: str
    title_zh: str
    title_en: str
    source: str = Field(description="The document and clause that it follows")
    takes: dict[str, Any] = Field(description="JSON Schema of the input")
    gives: dict[str, Any] = Field(description="JSON Schema of the answer; what is infinite is null")
    example: dict[str, Any] = Field(description="An input that works")


def _shown(one: Task) -> dict[str, Any]:
    plain = ("name", "source", "takes", "gives", "example")
    return {**{name: getattr(one, name) for name in plain}, "title_zh": one.zh, "title_en": one.en}


def _task(name: str) -> Task:
    try:
        return task(name)
    except ScienceError as error:
        raise NotFound(bilingual(error.zh, error.en)) from error


@router.get("", response=list[CalcTaskOut])
def list_calculations(request: ActorRequest) -> Any:
    """Every calculation with the JSON Schema of what it takes and gives."""
    return [_shown(task(name)) for name in names()]


@router.get("/{task}", response={200: CalcTaskOut, **problems(404)})
def get_calculation(request: ActorRequest, task: str) -> Any:
    """One calculation with its JSON Schemas and an example."""
    return _shown(_task(task))


@router.post("/{task}", response={200: dict[str, Any], **problems(404, 422)})
def calculate(request: ActorRequest, task: str, body: dict[str, Any] = Anything) -> Any:
    """Calculate. The body is what the task takes, the answer what it gives; nothing is stored."""
    try:
        return _task(task).calculate(body)
    except ScienceError as error:
        message = bilingual(error.zh, error.en)
        raise Invalid(message, errors=[FieldError(error.field, message)] if error.field else ()) from error
