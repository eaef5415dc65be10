"""Where a person's act stops that needs a second person. Every act passes here, whoever calls it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import Act, under_way
from quanheng.kernel.base.errors import Conflict
from quanheng.kernel.base.texts import filled
from quanheng.kernel.changes.table import demands, required

_cleared: ContextVar[bool] = ContextVar("cleared", default=False)


@contextmanager
def cleared() -> Iterator[None]:
    """Inside, acts take effect: a second person has approved, or everything will be taken back."""
    token = _cleared.set(True)
    try:
        yield
    finally:
        _cleared.reset(token)


def hold_up(act: Act, actor: Actor, row: models.Model, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
    """Let the act pass, or store it as a proposal and raise Proposed.

    Whatever the act itself would refuse is refused at once. The platform and its loaders are never held up. An
    act inside another act cannot wait by itself: it raises Conflict, and nothing of the outer act is kept.
    """
    if actor.system or act.name not in demands() or _cleared.get() or not required(act.name):
        return
    if under_way():
        raise Conflict(filled(_("“%(act)s”需要第二人批准，不能作为其他事项的一部分办理，请单独提出。"), act=act.label))
    from quanheng.kernel.changes.proposing import propose

    propose(act, actor, row, named(act.function, args, kwargs))


def named(function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """All arguments after actor and row by their names."""
    names = list(inspect.signature(function).parameters)[2:]
    return {**dict(zip(names, args, strict=False)), **kwargs}
