"""Merging one entry of the register into another: every app says in its ``merging.py`` what becomes of its rows.

    moves("objects.Product.owner", _("产品"))
    stays("attestations.Attestation.issuer", _("签发的证明文件"), why=_("签名以原机构的密钥作出，不可改写"))

The rules of a merger, in short:

* Both entries are one legal person: whoever merges says so, a second person checks it. Kinds must agree; regulators
  are never merged (their reorganisation is no duplicate).
* What was signed or belongs to the trail stays where it is: attestations and keys, cases with all that hangs on them,
  notices, audit. The survivor's people look after it: they hold their roles in the merged entry too.
* What is in use moves: people's roles, products, instruments, needs not yet ordered, ratings, open signals, names.
* Nobody is put under anybody by a merger: the loser leaves the groups it is in and the survivor is invited instead;
  signatories are authorised anew by the survivor (ISO/IEC 17025 6.2.6).
* An entry with a recognition in force is merged only when the registrar states that the certificate is the same
  legal person's (``with_recognitions``), and never when it has signed documents: then it is the one to survive.
* An entry that handles open cases is not merged: they are completed first.
* Every change is kept in a journal by column and key, so that the merger can be undone.

A relation to organisations that no rule names fails a test.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import Conflict
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.search.services import reindex

CHUNK = 500


@dataclass
class Merging:
    """A merger under way: who merges what into what, and the journal of what it changed."""

    actor: Actor
    loser: Organisation
    survivor: Organisation
    with_recognitions: bool = False
    journal: list[dict[str, Any]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    kept: dict[str, int] = field(default_factory=dict)

    def change(self, rows: models.QuerySet[Any], column: str, value: Any) -> int:
        """Set a column of rows (a key for a relation), remembering what it was; returns how many."""
        model = rows.model
        attribute = model._meta.get_field(column).attname
        by_old: dict[Any, list[int]] = {}
        for key, old in rows.values_list("pk", attribute):
            by_old.setdefault(old, []).append(key)
        for old, keys in by_old.items():
            for start in range(0, len(keys), CHUNK):
                model._default_manager.filter(pk__in=keys[start : start + CHUNK]).update(**{attribute: value})
            self.journal.append(
                {
                    "model": model._meta.label_lower,
                    "column": attribute,
                    "old": _plain(old),
                    "new": _plain(value),
                    "keys": keys,
                }
            )
            reindex(model, keys)
        return sum(map(len, by_old.values()))

    def made(self, row: models.Model) -> None:
        """Remember a row that the merger made, to be taken away when it is undone."""
        self.journal.append({"model": row._meta.label_lower, "made": row.pk})

    def drop(self, rows: models.QuerySet[Any]) -> int:
        """Delete rows of a table that only holds two others together, remembering them."""
        found = list(rows.values())
        for row in found:
            self.journal.append({"model": rows.model._meta.label_lower, "dropped": row})
        rows.delete()
        return len(found)

    def count(self, relation: str, number: int) -> None:
        """How many rows of a relation moved, for the trail."""
        if number:
            self.counts[relation] = self.counts.get(relation, 0) + number

    def digest(self) -> str:
        """SHA-256 of the journal, for the trail: the journal itself can be long."""
        return hashlib.sha256(json.dumps(self.journal, sort_keys=True, default=str).encode()).hexdigest()


@dataclass(frozen=True)
class Rule:
    """What becomes of the rows of one relation; ``handle`` does it, None where they stay."""

    relation: str
    label: Any
    handle: Callable[[Merging, models.QuerySet[Any]], int] | None
    why: Any = ""
    # The platform's own book-keeping about duplicates: nothing that hangs on an organisation in people's eyes.
    quiet: bool = False

    @property
    def model(self) -> type[models.Model]:
        return apps.get_model(self.relation.rsplit(".", 1)[0])

    @property
    def column(self) -> str:
        return self.relation.split(".")[2]

    def rows(self, organisation: Organisation) -> models.QuerySet[Any]:
        """The rows that point to an organisation through this relation."""
        return self.model._default_manager.filter(**{self.column: organisation})


RULES: dict[str, Rule] = {}
CHECKS: list[Callable[[Merging], Iterable[Any]]] = []


def _declare(rule: Rule) -> None:
    if rule.relation in RULES:
        raise ValueError(f"two rules for {rule.relation}")
    RULES[rule.relation] = rule


def moves(
    relation: str, label: Any, only: Callable[[models.QuerySet[Any]], models.QuerySet[Any]] | None = None
) -> None:
    """The rows follow; ``only`` narrows which, the others stay."""

    def handle(merging: Merging, rows: models.QuerySet[Any]) -> int:
        return merging.change(only(rows) if only else rows, relation.split(".")[2], merging.survivor.pk)

    _declare(Rule(relation, label, handle))


def handles(
    relation: str, label: Any, why: Any = ""
) -> Callable[[Callable[[Merging, models.QuerySet[Any]], int]], Callable[[Merging, models.QuerySet[Any]], int]]:
    """A relation with a rule of its own: the function does it and says how many rows moved."""

    def declare(function: Callable[[Merging, models.QuerySet[Any]], int]) -> Callable[..., int]:
        _declare(Rule(relation, label, function, why))
        return function

    return declare


def stays(relation: str, label: Any, why: Any, *, quiet: bool = False) -> None:
    """The rows stay with the merged entry, and why."""
    _declare(Rule(relation, label, None, why, quiet))


def check(function: Callable[[Merging], Iterable[Any]]) -> Callable[[Merging], Iterable[Any]]:
    """Declare what can forbid a merger: yields a sentence for each reason."""
    CHECKS.append(function)
    return function


@cache
def rules() -> dict[str, Rule]:
    """The rules of all apps."""
    autodiscover_modules("merging")
    return RULES


def refusals(merging: Merging) -> list[Any]:
    """Every reason against a merger, of all apps."""
    rules()
    return [sentence for one in CHECKS for sentence in one(merging)]


def carry_over(merging: Merging) -> None:
    """Do what every rule says, in the order in which the apps are installed."""
    for rule in rules().values():
        rows = rule.rows(merging.loser)
        moved = rule.handle(merging, rows) if rule.handle else 0
        merging.count(rule.relation, moved)
        left = rule.rows(merging.loser).order_by().count()
        if left and not rule.quiet:
            merging.kept[rule.relation] = left


def hanging(one: Organisation, other: Organisation) -> list[tuple[Rule, int, int]]:
    """How many rows hang on each of two organisations, for every relation that has any: one query for each."""
    found = []
    for rule in (rule for rule in rules().values() if not rule.quiet):
        rows = rule.model._default_manager.filter(**{f"{rule.column}__in": (one, other)})
        counted = dict(rows.order_by().values_list(rule.column).annotate(count=models.Count("pk")))
        if counted:
            found.append((rule, counted.get(one.pk, 0), counted.get(other.pk, 0)))
    return found


def undo(journal: Iterable[dict[str, Any]]) -> tuple[int, int]:
    """Take back what a journal says, last first; returns how many rows went back, and how many had moved on.

    A row that has been changed again since stays as it is. Raises Conflict where a row cannot go back.
    """
    back = left = 0
    try:
        with transaction.atomic():
            for step in reversed(list(journal)):
                model = apps.get_model(step["model"])
                if "made" in step:
                    model._default_manager.filter(pk=step["made"]).delete()
                elif "dropped" in step:
                    restored = model(**step["dropped"])
                    twin = {name: value for name, value in step["dropped"].items() if name != "id"}
                    if not model._default_manager.filter(**twin).exists():
                        restored.pk = None
                        restored.save(force_insert=True)
                        back += 1
                else:
                    done = sum(_put_back(model, step, keys) for keys in _chunks(step["keys"]))
                    back, left = back + done, left + len(step["keys"]) - done
    except IntegrityError:
        raise Conflict(_("合并之后又登记了相同的内容，不能原样退回。请先处理重复的内容。")) from None
    return back, left


def _chunks(keys: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(keys), CHUNK):
        yield keys[start : start + CHUNK]


def _put_back(model: type[models.Model], step: dict[str, Any], keys: list[int]) -> int:
    column = step["column"]
    same = model._default_manager.filter(pk__in=keys, **{column: step["new"]})
    done = same.update(**{column: step["old"]})
    reindex(model, keys)
    return done


def _plain(value: Any) -> Any:
    """Dates as texts, which every column reads again; everything else in a journal is a text, a number or a truth."""
    return value.isoformat() if hasattr(value, "isoformat") else value
