"""What machines read about a data set: Frictionless data package and table schema, DCAT catalogue (JSON-LD)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings

from quanheng.kernel.base.errors import in_language
from quanheng.kernel.opendata.declare import KINDS, Column, Dataset
from quanheng.kernel.opendata.models import Release

MEDIA_TYPES = {
    "csv": "text/csv",
    "jsonl": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
    "json": "application/json",
    "SHA256SUMS": "text/plain",
}
_PROFILE = "https://datapackage.org/profiles/2.0"


def media_type(name: str) -> str:
    """The media type of a file of a release."""
    return MEDIA_TYPES[name.rpartition(".")[2]]


def both(text: Any) -> dict[str, str]:
    """A text in both languages, as JSON-LD has it: language → words."""
    return {"zh": in_language(text, "zh-hans"), "en": in_language(text, "en")}


def publisher() -> dict[str, str]:
    """Who publishes: the deployment."""
    deployment = settings.PACK["deployment"]
    return {"zh": deployment["name_zh"], "en": deployment["name_en"]}


def table_schema(dataset: Dataset) -> dict[str, Any]:
    """The columns as a Frictionless table schema 2.0; titles in Chinese, English beside them."""
    return {
        "$schema": f"{_PROFILE}/tableschema.json",
        "fields": [_field(dataset, column) for column in dataset.all_columns],
        "primaryKey": [next(column.name for column in dataset.columns if column.read == dataset.key)],
        "missingValues": [""],
    }


def _field(dataset: Dataset, column: Column) -> dict[str, Any]:
    about = both(column.about)
    field: dict[str, Any] = {
        "name": column.name,
        "type": KINDS[column.kind][0],
        "description": about["zh"],
        "description_en": about["en"],
    }
    if column.unit:
        field["unit"] = column.unit
    if column.read == dataset.key:
        field["constraints"] = {"required": True, "unique": True}
    return field


def data_package(dataset: Dataset, facts: dict[str, Any], files: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """``datapackage.json`` of one release: what it is, under which licence, its files with size and hash."""
    title, about = both(dataset.title), both(dataset.about)
    return {
        "$schema": f"{_PROFILE}/datapackage.json",
        "name": dataset.name,
        "title": title["zh"],
        "title_en": title["en"],
        "description": about["zh"],
        "description_en": about["en"],
        "created": facts["made_at"],
        "homepage": f"{settings.SITE_URL}/open/{dataset.name}/",
        "licenses": [{"name": dataset.licence.spdx, "title": dataset.licence.title, "path": dataset.licence.url}],
        "sources": [{"title": both(dataset.source)["zh"], "title_en": both(dataset.source)["en"]}]
        if dataset.source
        else [],
        "contributors": [{"title": publisher()["zh"], "roles": ["publisher"]}],
        "rows": facts["rows"],
        "cursor": facts["cursor"],
        "synthetic": facts["synthetic"],
        "resources": [
            {
                "name": f"{dataset.name}-{name.rpartition('.')[2]}",
                "path": name,
                "format": name.rpartition(".")[2],
                "mediatype": media_type(name),
                "encoding": "utf-8",
                "bytes": one["bytes"],
                "hash": f"sha256:{one['sha256']}",
                "schema": table_schema(dataset),
            }
            for name, one in files.items()
        ],
    }


def catalogue(found: Iterable[tuple[Dataset, Release | None]]) -> dict[str, Any]:
    """Every data set as a DCAT 3 catalogue in JSON-LD, for harvesters."""
    site = settings.SITE_URL
    return {
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#",
            "dct": "http://purl.org/dc/terms/",
            "foaf": "http://xmlns.com/foaf/0.1/",
            "spdx": "http://spdx.org/rdf/terms#",
            "xsd": "http://www.w3.org/2001/XMLSchema#",
        },
        "@id": f"{site}/open/catalog.json",
        "@type": "dcat:Catalog",
        "dct:title": _told({"zh": "开放数据目录", "en": "Open data catalogue"}),
        "dct:publisher": {"@type": "foaf:Agent", "foaf:name": _told(publisher())},
        "foaf:homepage": {"@id": f"{site}/open/"},
        "dct:license": {"@id": "https://creativecommons.org/licenses/by/4.0/"},
        "dcat:dataset": [_dataset(site, dataset, release) for dataset, release in found],
    }


def _told(words: dict[str, str]) -> list[dict[str, str]]:
    return [{"@value": words[language], "@language": language} for language in ("zh", "en")]


def _dataset(site: str, dataset: Dataset, release: Release | None) -> dict[str, Any]:
    home = f"{site}/open/{dataset.name}/"
    told: dict[str, Any] = {
        "@id": home,
        "@type": "dcat:Dataset",
        "dct:identifier": dataset.name,
        "dct:title": _told(both(dataset.title)),
        "dct:description": _told(both(dataset.about)),
        "dct:publisher": {"@type": "foaf:Agent", "foaf:name": _told(publisher())},
        "dct:accrualPeriodicity": {"@id": "http://publications.europa.eu/resource/authority/frequency/DAILY"},
        "dct:license": {"@id": dataset.licence.url},
        "dct:conformsTo": {"@id": f"{home}schema.json"},
        "dcat:landingPage": {"@id": home},
        "dcat:distribution": [],
    }
    if dataset.source:
        told["dct:provenance"] = {"@type": "dct:ProvenanceStatement", "dct:description": _told(both(dataset.source))}
    if release is not None:
        told["dct:modified"] = {"@value": release.made_at.isoformat(), "@type": "xsd:dateTime"}
        told["dcat:version"] = release.uid
        told["dcat:distribution"] = [
            _distribution(home, dataset, release, name, facts)
            for name, facts in release.files.items()
            if name.rpartition(".")[2] in ("csv", "jsonl", "parquet")
        ]
    return told


def _distribution(home: str, dataset: Dataset, release: Release, name: str, facts: dict[str, Any]) -> dict[str, Any]:
    return {
        "@type": "dcat:Distribution",
        "dct:title": name,
        "dct:license": {"@id": dataset.licence.url},
        "dct:issued": {"@value": release.made_at.isoformat(), "@type": "xsd:dateTime"},
        "dcat:downloadURL": {"@id": f"{home}{release.uid}/{name}"},
        "dcat:accessURL": {"@id": home},
        "dcat:mediaType": media_type(name),
        "dcat:byteSize": {"@value": str(facts["bytes"]), "@type": "xsd:nonNegativeInteger"},
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
            "spdx:checksumValue": facts["sha256"],
        },
    }
