"""The pages of open data and its files. All of them are public."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.errors import NotFound, Refusal
from quanheng.kernel.opendata import catalogue, queries, services
from quanheng.kernel.opendata.declare import Dataset, dataset_named
from quanheng.kernel.opendata.models import Release
from quanheng.kernel.opendata.releasing import folder_of
from quanheng.kernel.opendata.serving import serve

FORMATS = {"csv": "CSV", "parquet": "Parquet", "jsonl": "JSON Lines"}


def _files(dataset: Dataset, release: Release) -> list[dict[str, Any]]:
    """The tables of a release as a page links them."""
    named = ((f"{dataset.name}.{kind}", label) for kind, label in FORMATS.items())
    return [{"name": name, "label": label, **release.files[name]} for name, label in named if name in release.files]


@require_safe
def dataset_list(request: ActorRequest) -> HttpResponse:
    """Every data set: rows, date, licence, files."""
    latest = queries.latest_releases()
    found = [
        {"set": dataset, "release": release, "files": _files(dataset, release) if release else []}
        for dataset, release in latest
    ]
    return render(
        request,
        "opendata/datasets.html",
        {
            "found": found,
            "synthetic_release": any(release.synthetic for _dataset, release in latest if release),
            "crumbs": [(_("开放数据"), "")],
        },
    )


@require_safe
def dataset_page(request: ActorRequest, dataset: str) -> HttpResponse:
    """One data set: its files with checksums, its columns, how to cite it and how to keep up with it."""
    found = dataset_named(dataset)
    releases = queries.releases_of(found)
    latest = next((one for one in releases if one.removed_at is None), None)
    return render(
        request,
        "opendata/dataset.html",
        {
            "set": found,
            "latest": latest,
            "files": _files(found, latest) if latest else [],
            "releases": releases,
            "columns": found.all_columns,
            "key": next(column.name for column in found.columns if column.read == found.key),
            "may_ask": services.ask_release_allowed(request.actor),
            "site": settings.SITE_URL,
            "publisher": catalogue.publisher(),
            "crumbs": [(_("开放数据"), "/open/"), (found.title, "")],
        },
    )


@require_safe
def catalogue_json(request: HttpRequest) -> HttpResponse:
    """The DCAT catalogue."""
    return _json(catalogue.catalogue(queries.latest_releases()), "application/ld+json")


@require_safe
def schema_json(request: HttpRequest, dataset: str) -> HttpResponse:
    """The Frictionless table schema of a data set."""
    return _json(catalogue.table_schema(dataset_named(dataset)), "application/json")


def _json(body: Any, kind: str) -> HttpResponse:
    return HttpResponse(json.dumps(body, ensure_ascii=False, indent=1) + "\n", content_type=f"{kind}; charset=utf-8")


@require_safe
def latest_file(request: HttpRequest, dataset: str, file: str) -> HttpResponse:
    """Leads to the file in the newest release; that address is the one to resume and to cite."""
    found = dataset_named(dataset)
    release = queries.latest_of(found)
    _facts(release, file)
    answer = redirect(f"/open/{found.name}/{release.uid}/{file}")
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@require_safe
def release_file(request: HttpRequest, dataset: str, release: str, file: str) -> HttpResponseBase:
    """A file of a release, whole or in part."""
    found = dataset_named(dataset)
    one = queries.release_named(found, release)
    facts = _facts(one, file)
    try:
        return serve(
            request,
            folder_of(found.name) / one.uid / file,
            tag=facts["sha256"],
            kind=catalogue.media_type(file),
            modified=one.made_at,
        )
    except FileNotFoundError:
        raise NotFound(_("该文件已为新的发布让位。请下载最新发布。")) from None


def _facts(release: Release, file: str) -> dict[str, Any]:
    if file not in release.files:
        raise NotFound(_("该发布没有这个文件，请到数据集页面查看文件清单。"))
    facts: dict[str, Any] = release.files[file]
    return facts


@require_POST
def release_ask(request: ActorRequest, dataset: str) -> HttpResponse:
    """Have a release made now."""
    found = dataset_named(dataset)
    try:
        services.ask_release(request.actor, queries.feed_of(found))
    except Refusal as refusal:
        if refusal.status == 401:
            raise
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("已申请发布，后台正在办理。"))
    return redirect("open-dataset", dataset=found.name)
