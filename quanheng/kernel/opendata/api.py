"""Open data over the API: what there is, and what changed since."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.conf import settings
from ninja import Query, Router, Status
from pydantic import Field

from quanheng.kernel.base.api import ActorRequest, Shape, problems
from quanheng.kernel.opendata import queries, services
from quanheng.kernel.opendata.catalogue import both, media_type
from quanheng.kernel.opendata.declare import Dataset, dataset_named
from quanheng.kernel.opendata.feed import changes_since
from quanheng.kernel.opendata.models import Release
from quanheng.kernel.opendata.writing import plain

router = Router(tags=["open data"])


class OpenFileOut(Shape):
    """A file of a release; ``url`` names the release, so what lies there never changes."""

    name: str
    url: str
    media_type: str
    bytes: int
    sha256: str


class OpenReleaseOut(Shape):
    """A data set as it was at ``made_at``; nothing had changed up to ``confirmed_at``."""

    uid: str
    made_at: datetime
    confirmed_at: datetime
    rows: int
    cursor: str = Field(description="Where its changes go on: pass it as since")
    synthetic: bool = Field(description="Holds demonstration data, which the column synthetic marks row by row")
    files: list[OpenFileOut]


class DatasetOut(Shape):
    """A public register as open data."""

    name: str
    title_zh: str
    title_en: str
    about_zh: str
    about_en: str
    licence: str = Field(description="SPDX identifier")
    licence_url: str
    schema_url: str
    release: OpenReleaseOut | None = Field(description="The newest; null before the first")


class RowChangeOut(Shape):
    """The last change of one row. Added and changed rows carry what the row is now; removed ones only their key."""

    op: Literal["added", "changed", "removed"]
    key: str
    row: dict[str, Any] | None


class RowChangesOut(Shape):
    """Changes in order. Go on with ``next``, at once where there is ``more``, else later."""

    items: list[RowChangeOut]
    next: str
    more: bool


class ReleaseAskedOut(Shape):
    asked_at: datetime


def _shown(dataset: Dataset, release: Release | None) -> dict[str, Any]:
    home = f"{settings.SITE_URL}/open/{dataset.name}"
    title, about = both(dataset.title), both(dataset.about)
    return {
        "name": dataset.name,
        "title_zh": title["zh"],
        "title_en": title["en"],
        "about_zh": about["zh"],
        "about_en": about["en"],
        "licence": dataset.licence.spdx,
        "licence_url": dataset.licence.url,
        "schema_url": f"{home}/schema.json",
        "release": release and _release(home, release),
    }


def _release(home: str, release: Release) -> dict[str, Any]:
    files = [
        {"name": name, "url": f"{home}/{release.uid}/{name}", "media_type": media_type(name), **facts}
        for name, facts in release.files.items()
    ]
    names = ("uid", "made_at", "confirmed_at", "rows", "cursor", "synthetic")
    return {**{name: getattr(release, name) for name in names}, "files": files}


@router.get("/open", response={200: list[DatasetOut], **problems(401)})
def list_datasets(request: ActorRequest) -> Any:
    """Every data set with its newest release."""
    return [_shown(dataset, release) for dataset, release in queries.latest_releases()]


@router.get("/open/{dataset}/changes", response={200: RowChangesOut, **problems(404, 410, 422)})
def list_changes(
    request: ActorRequest, dataset: str, since: str = Query(max_length=40), limit: int = Query(500, ge=1, le=1000)
) -> Any:
    """What was added, changed or removed since a cursor: of a release, or the ``next`` of the last answer.

    Nothing is missed, whoever writes meanwhile; a row that changed several times comes once, as it is now. Changes
    are numbered within seconds of being made. 410 where the cursor's history is over: take the newest release.
    """
    found = dataset_named(dataset)
    names = [column.name for column in found.all_columns]
    page = changes_since(found, since, limit)
    items = [
        {
            "op": one.op,
            "key": one.key,
            "row": one.row and {name: plain(value) for name, value in zip(names, one.row, strict=True)},
        }
        for one in page.items
    ]
    return {"items": items, "next": page.next, "more": page.more}


@router.post("/open/{dataset}/releases", response={202: ReleaseAskedOut, **problems(401, 403, 404, 409)})
def ask_release(request: ActorRequest, dataset: str) -> Any:
    """Have a release made now. For administrators of regulators."""
    feed = services.ask_release(request.actor, queries.feed_of(dataset_named(dataset)))
    return Status(202, {"asked_at": feed.asked_at})
