"""Finding what matches: candidates by the rarest words, the item and the product families, then each pair in full.

Matches are computed when they are read, so that they are never older than the posts. Words of open posts lie in a
table (``Word``); how much each weighs is counted hourly (``Corpus``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils import timezone

from quanheng.domains.exchange.matching import Match, Measured, Side, best, match
from quanheng.domains.exchange.models import Corpus, Offering, Posting, TechnicalNeed, Word
from quanheng.domains.exchange.reading import Weights, read
from quanheng.domains.exchange.vocabulary import fields
from quanheng.kernel.base.storing import insert_all

# How many words of a post are looked up, how many rows they may bring, and how many candidates are weighed in full.
WORDS, ROWS, CANDIDATES = 60, 10_000, 100
SHOWN = 20
OPEN_NEEDS = (TechnicalNeed.State.OPEN, TechnicalNeed.State.IN_TALKS)


@dataclass(frozen=True)
class Found:
    """A match with the post on the other side of it."""

    post: Any
    match: Match


# --- words of posts --------------------------------------------------------------------------------------


def text_of(post: Posting) -> str:
    """What of a post is compared as text."""
    return f"{post.title}\n{post.text}"


def words_of(post: Posting, families: Iterable[str]) -> list[str]:
    """The words of a post with its marks; no word of a text holds a colon."""
    marks = [f"family:{code}" for code in families] + ([f"item:{post.item.code}"] if post.item else [])
    return sorted({*read(text_of(post)).words, *(mark[:64] for mark in marks)})


def families_of(post: Posting) -> list[str]:
    """Codes of the product families of a post."""
    if isinstance(post, TechnicalNeed):
        return [post.family.code] if post.family else []
    assert isinstance(post, Offering)
    return list(post.family_codes)


def side_of(post: Posting | type[Posting]) -> str:
    """The side of the table of words on which a post stands."""
    model = post if isinstance(post, type) else type(post)
    return Word.Side.NEED if model is TechnicalNeed else Word.Side.OFFERING


def keep_words(post: Posting) -> None:
    """Bring the words of a post up to date: those of an open one are kept, others have none."""
    side = side_of(post)
    open_ = post.state in OPEN_NEEDS if isinstance(post, TechnicalNeed) else post.state == Offering.State.OPEN  # type: ignore[attr-defined]
    wanted = set(words_of(post, families_of(post))) if open_ else set()
    kept = set(Word.objects.filter(side=side, post=post.pk).values_list("word", flat=True))
    if gone := kept - wanted:
        Word.objects.filter(side=side, post=post.pk, word__in=gone).delete()
    insert_all([Word(side=side, word=word, post=post.pk) for word in sorted(wanted - kept)])


@transaction.atomic
def weigh() -> int:
    """Count anew in how many posts each word stands; returns how many posts there are."""
    size = Word.objects.values("side", "post").distinct().count()
    counted = Word.objects.exclude(word__contains=":").values("word").annotate(posts=Count("id")).filter(posts__gt=1)
    counts = dict(counted.values_list("word", "posts"))
    last = Corpus.objects.order_by("-pk").first()
    if last is None or (last.size, last.counts) != (size, counts):
        Corpus.objects.create(made_at=timezone.now(), size=size, counts=counts)
        Corpus.objects.filter(pk__lte=last.pk).delete() if last else None
    return size


def weights() -> Weights:
    """How much each word weighs, as last counted."""
    last = Corpus.objects.order_by("-pk").values_list("pk", "made_at").first()
    return _weights(*last) if last else Weights()


@lru_cache(maxsize=2)
def _weights(key: int, _made_at: datetime) -> Weights:
    """Read once by each process, until they are counted anew."""
    row = Corpus.objects.filter(pk=key).first()
    return Weights(row.size, row.counts) if row else Weights()


# --- matches ---------------------------------------------------------------------------------------------


def as_side(post: Posting) -> Side:
    """What of a post is compared."""
    is_need = isinstance(post, TechnicalNeed)
    low = float("-inf") if post.lower_si is None else post.lower_si
    high = float("inf") if post.upper_si is None else post.upper_si
    return Side(
        key=post.pk,
        text=text_of(post),
        field=post.field,
        families=frozenset(families_of(post)),
        item=post.item.code if post.item else "",
        measured=Measured(post.dimension, low, high, post.uncertainty_si) if post.dimension else None,
        level=None if is_need else post.maturity,  # type: ignore[attr-defined]
        until=post.deadline if is_need else post.open_until,  # type: ignore[attr-defined]
        price=post.budget_cents if is_need else post.price_cents,  # type: ignore[attr-defined]
    )


def compared(need: TechnicalNeed, offering: Offering) -> Match | None:
    """The match of one pair."""
    return match(as_side(need), as_side(offering), weights(), _near(), timezone.localdate())


def matches_of(post: TechnicalNeed | Offering, count: int = SHOWN) -> list[Found]:
    """What of the other side fits a post best, each with its reasons; nothing of the same organisation."""
    is_need = isinstance(post, TechnicalNeed)
    known = weights()
    keys = _candidates(post, known)
    rows = full(Offering if is_need else TechnicalNeed).filter(pk__in=keys).exclude(organisation=post.organisation_id)
    posts = {one.pk: one for one in rows}
    mine, near, today = as_side(post), _near(), timezone.localdate()
    found = best(_each(mine, posts.values(), is_need, known, near, today), count)
    return [Found(posts[one.result if is_need else one.need], one) for one in found]


def among(post: TechnicalNeed | Offering, others: QuerySet[Any], count: int = SHOWN) -> list[Found]:
    """The matches of a post among a few others, best first."""
    is_need = isinstance(post, TechnicalNeed)
    posts = {one.pk: one for one in others}
    found = best(_each(as_side(post), posts.values(), is_need, weights(), _near(), timezone.localdate()), count)
    return [Found(posts[one.result if is_need else one.need], one) for one in found]


def full(model: type[Any]) -> QuerySet[Any]:
    """Posts with whatever a match and its list read of them."""
    rows = model.objects.select_related("organisation", "item")
    return rows.select_related("family") if model is TechnicalNeed else rows


def _each(
    mine: Side,
    others: Iterable[Posting],
    is_need: bool,
    known: Weights,
    near: Mapping[str, frozenset[str]],
    today: date,
) -> Iterable[Match | None]:
    for other in others:
        theirs = as_side(other)
        yield match(*((mine, theirs) if is_need else (theirs, mine)), known, near, today)


@lru_cache(maxsize=1)
def _near() -> Mapping[str, frozenset[str]]:
    return {code: one.near for code, one in fields().items()}


def _candidates(post: Posting, known: Weights) -> Sequence[int]:
    """Posts of the other side that share the weightiest words, the item or a product family."""
    side = Word.Side.OFFERING if side_of(post) == Word.Side.NEED else Word.Side.NEED
    words = words_of(post, families_of(post))
    marks = [word for word in words if ":" in word]
    rare = sorted((word for word in words if ":" not in word), key=lambda word: (-known.of(word), word))
    chosen, rows = list(marks), 0
    for word in rare[:WORDS]:
        rows += known.counts.get(word, 1)
        if rows > ROWS and len(chosen) > len(marks):
            break
        chosen.append(word)
    score: dict[int, float] = defaultdict(float)
    for key, word in Word.objects.filter(side=side, word__in=chosen).values_list("post", "word"):
        score[key] += 4.0 if ":" in word else known.of(word) ** 2
    return sorted(score, key=lambda key: (-score[key], key))[:CANDIDATES]
