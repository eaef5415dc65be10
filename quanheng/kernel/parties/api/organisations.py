"""The public register of organisations and regions."""

from __future__ import annotations

from datetime import date
from typing import Any

from ninja import Query, Router, Status
from pydantic import Field

from quanheng.kernel.base.api import ActorRequest, Page, Shape, problems, waits
from quanheng.kernel.base.paging import capped_count, page_of
from quanheng.kernel.parties import queries, services
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.roles import OrganisationKind
from quanheng.kernel.region.models import Region
from quanheng.kernel.region.queries import region_by_code, regions

router = Router(tags=["organisations"])


class RegionOut(Shape):
    """An administrative region (GB/T 2260)."""

    code: str
    name_zh: str
    name_en: str
    level: str
    parent: str | None = Field(None, alias="parent_id")
    latitude: float | None
    longitude: float | None


class OrganisationOut(Shape):
    """The public face of an organisation; positions in WGS 84 degrees."""

    uid: str
    uscc: str
    name_zh: str
    name_en: str
    kind: str
    region: str = Field(alias="region_code")
    address: str
    phone: str
    latitude: float | None
    longitude: float | None
    synthetic: bool


class NameOut(Shape):
    """A name under which an organisation is or was known besides the registered one."""

    uid: str
    text: str
    kind: str
    until: date | None


class OrganisationDetail(OrganisationOut):
    """``merged_into`` names the entry that stands for a duplicate: use that one."""

    introduction_zh: str
    introduction_en: str
    other_names: list[NameOut]
    merged_into: str | None


class OrganisationPage(Page[OrganisationOut]):
    """``count`` stops at 1000; ``capped`` says that there are more."""

    count: int
    capped: bool


class AboutIn(Shape):
    """What an organisation says of itself."""

    name_en: str = Field("", max_length=200)
    address: str = Field("", max_length=200)
    phone: str = Field("", max_length=40)
    introduction_zh: str = Field("", max_length=2000)
    introduction_en: str = Field("", max_length=2000)
    latitude: float | None = Field(None, ge=-90, le=90)
    longitude: float | None = Field(None, ge=-180, le=180)


class ChangeIn(AboutIn):
    """What an organisation says of itself, and why it says so now."""

    reason: str = Field(max_length=300)


class RegisterIn(AboutIn):
    """A new entry of the register."""

    uscc: str = Field(max_length=40)
    name_zh: str = Field(max_length=120)
    kind: OrganisationKind
    region: str = Field(max_length=6)


class CorrectIn(Shape):
    """What the registrar corrects; absent is left as it is."""

    reason: str = Field(max_length=300)
    name_zh: str | None = Field(None, max_length=120)
    kind: OrganisationKind | None = None
    region: str | None = Field(None, max_length=6)


def organisation(uid: str) -> Organisation:
    """The organisation with a public name, or NotFound."""
    return queries.by_uid(Organisation.objects.all(), uid)


_COLUMNS = (
    *("uid", "uscc", "name_zh", "name_en", "kind", "region_code", "address", "phone", "latitude", "longitude"),
    *("synthetic", "introduction_zh", "introduction_en"),
)


def _detail(one: Organisation) -> dict[str, Any]:
    return {
        **{name: getattr(one, name) for name in _COLUMNS},
        "other_names": queries.names_of(one),
        "merged_into": one.merged_into.uid if one.merged_into else None,
    }


@router.get("/regions", response={200: Page[RegionOut], **problems(422)})
def list_regions(
    request: ActorRequest,
    within: str = Query("", max_length=6, description="Code of the region that holds them, itself included"),
    cursor: str = "",
    limit: int = Query(100, ge=1, le=100),
) -> Any:
    """Administrative regions by code, descending."""
    return page_of(regions(within=within), cursor, limit, key="code")


@router.get("/organisations", response={200: OrganisationPage, **problems(422)})
def list_organisations(
    request: ActorRequest,
    kind: OrganisationKind | None = None,
    region: str = Query("", max_length=6, description="GB/T 2260 code; everything below it is included"),
    text: str = Query("", max_length=100, description="Words of the name, or the beginning of the credit code"),
    cursor: str = "",
    limit: int = Query(50, ge=1, le=100),
) -> Any:
    """The register of organisations, newest entry first."""
    rows = queries.organisations(kind=kind or "", region=region, text=text)
    count, capped = capped_count(rows)
    return {**page_of(rows, cursor, limit), "count": count, "capped": capped}


@router.get("/organisations/{uid}", response={200: OrganisationDetail, **problems(404)})
def get_organisation(request: ActorRequest, uid: str) -> Any:
    """One organisation."""
    return _detail(organisation(uid))


@router.post("/organisations", response={201: OrganisationDetail, **problems(401, 403, 404, 422)})
def register(request: ActorRequest, body: RegisterIn) -> Any:
    """Enter an organisation in the register of its region."""
    facts = body.model_dump()
    region: Region = region_by_code(facts.pop("region"))
    return Status(201, _detail(services.register_organisation(request.actor, region, **facts)))


@router.patch("/organisations/{uid}", response={200: OrganisationDetail, **problems(401, 403, 404, 422)})
def change(request: ActorRequest, uid: str, body: ChangeIn) -> Any:
    """Change what your organisation says of itself, with the reason; absent is left as it is."""
    return _detail(
        services.change_organisation(request.actor, organisation(uid), **body.model_dump(exclude_unset=True))
    )


@router.post(
    "/organisations/{uid}/correct",
    response={200: OrganisationDetail, **waits(), **problems(401, 403, 404, 409, 422)},
)
def correct(request: ActorRequest, uid: str, body: CorrectIn) -> Any:
    """Correct name, kind or region of an entry, with the reason."""
    corrected = services.correct_registration(
        request.actor,
        organisation(uid),
        reason=body.reason,
        name_zh=body.name_zh,
        kind=body.kind,
        region=region_by_code(body.region) if body.region else None,
    )
    return _detail(corrected)
