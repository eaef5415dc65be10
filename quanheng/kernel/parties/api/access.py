"""Who am I, and bearer tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, NoReturn

from allauth.account.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.utils import is_mfa_enabled
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router, Status
from pydantic import Field

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.api import ActorRequest, Page, Shape, problems
from quanheng.kernel.base.errors import Invalid, SignInNeeded
from quanheng.kernel.base.grants import restrict
from quanheng.kernel.base.paging import page_of
from quanheng.kernel.base.scopes import Scope
from quanheng.kernel.parties import lockout, queries, services
from quanheng.kernel.parties.api_auth import anyone
from quanheng.kernel.parties.models import ApiToken, Person
from quanheng.kernel.parties.queries import actor_of
from quanheng.kernel.parties.services.access import new_secret

router = Router(tags=["access"])


class PostOut(Shape):
    """A role held today."""

    organisation: str
    name_zh: str
    name_en: str
    role: str


class MeOut(Shape):
    uid: str
    username: str
    name_zh: str
    name_en: str
    email: str
    email_pending: str = Field(description="The address that is used once its link is opened; see GET /me/mail")
    phone: str
    posts: list[PostOut]


class MeIn(Shape):
    """Absent is left as it is."""

    name_en: str | None = Field(None, max_length=120)
    email: str | None = Field(None, max_length=254)
    phone: str | None = Field(None, max_length=40)
    reason: str = Field("", max_length=300)


class TokenFacts(Shape):
    """What a token is for and from where; the narrowest that does is best."""

    scopes: list[Scope] = Field([Scope.ALL], min_length=1, max_length=5)
    addresses: list[Annotated[str, Field(max_length=45)]] = Field(
        [], max_length=20, description="CIDR; empty: anywhere"
    )
    per_minute: int | None = Field(None, ge=1, le=1_000_000, description="Narrower than the deployment's limit")
    per_day: int | None = Field(None, ge=1, le=1_000_000_000)


class TokenIn(TokenFacts):
    """User name and password, with the code of the second factor where one is set up."""

    username: str = Field(max_length=60)
    password: str = Field(max_length=200)
    otp: str = Field("", max_length=20)
    name: str = Field("API", max_length=60)
    days: int = Field(90, ge=1, le=365)


class OwnTokenIn(TokenFacts):
    name: str = Field(max_length=60)
    days: int = Field(90, ge=1, le=365)


class TokenOut(Shape):
    uid: str
    name: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    scopes: list[str]
    addresses: list[str]
    per_minute: int | None
    per_day: int | None


class NewTokenOut(TokenOut):
    token: str = Field(description="Shown this once; send it as Authorization: Bearer …")


def _me(request: ActorRequest) -> Person:
    key = request.actor.person_id
    person = Person.objects.filter(pk=key).first() if key is not None else None
    if person is None:
        raise SignInNeeded(_("请先登录再进行此操作。"))
    return person


def _shown(person: Person) -> dict[str, Any]:
    posts = [
        {
            "organisation": held.organisation.uid,
            "name_zh": held.organisation.name_zh,
            "name_en": held.organisation.name_en,
            "role": held.role,
        }
        for held in queries.posts_of(person)
    ]
    names = ("uid", "username", "name_zh", "name_en", "email", "email_pending", "phone")
    return {**{name: getattr(person, name) for name in names}, "posts": posts}


def _second_factor(person: Person, otp: str) -> None:
    """Check the code, where the person has a second factor. Raises as failed sign-ins do."""
    if not is_mfa_enabled(person):
        return
    if not otp:
        raise SignInNeeded(_("该账户启用了双重验证，请在 otp 中附上验证码或恢复码。"), code="otp-needed")
    form = AuthenticateForm({"code": otp}, user=person)
    if not form.is_valid():
        _failed(form.errors.as_data()["code"][0])
    form.save()


def _failed(error: ValidationError | None) -> NoReturn:
    """A sign-in that failed, as a refusal."""
    if error is not None and error.code == "too_many_login_attempts":
        raise lockout.Locked(error.message)
    if error is not None:
        raise SignInNeeded(error.message, code="bad-otp")
    message = get_adapter().error_messages["username_password_mismatch"]
    raise SignInNeeded(message, code="bad-credentials")


def _issue(actor: Actor, person: Person, body: TokenIn | OwnTokenIn) -> dict[str, Any]:
    secret = new_secret()
    facts = body.model_dump(exclude={"username", "password", "otp"})
    token = services.issue_token(actor, person, secret=secret, **facts)
    return {**TokenOut.model_validate(token).model_dump(), "token": secret}


@router.get("/me", response={200: MeOut, **problems(401)})
def me(request: ActorRequest) -> Any:
    """Who is signed in, and the roles held today."""
    return _shown(_me(request))


@router.patch("/me", response={200: MeOut, **problems(401, 422)})
def change_me(request: ActorRequest, body: MeIn) -> Any:
    """Change your own English name, e-mail address or telephone; a new address is used once its link is opened."""
    return _shown(services.change_profile(request.actor, _me(request), **body.model_dump(exclude_unset=True)))


@router.post("/tokens", response={201: NewTokenOut, **problems(401, 409, 422, 429)}, auth=[anyone])
def sign_in(request: ActorRequest, body: TokenIn) -> Any:
    """A bearer token for a user name and password. Failures count towards the lock of the account."""
    try:
        person = lockout.authenticate(request, body.username, body.password)
    except ValidationError as error:
        _failed(error)
    if person is None:
        _failed(None)
    _second_factor(person, body.otp)
    return Status(201, _issue(actor_of(person), person, body))


@router.get("/me/tokens", response={200: Page[TokenOut], **problems(401, 422)})
def list_tokens(request: ActorRequest, cursor: str = "", limit: int = Query(50, ge=1, le=100)) -> Any:
    """Your tokens, newest first."""
    return page_of(restrict(ApiToken.objects.filter(person=_me(request)), request.actor), cursor, limit)


@router.post("/me/tokens", response={201: NewTokenOut, **problems(401, 403, 409, 422)})
def make_token(request: ActorRequest, body: OwnTokenIn) -> Any:
    """A further token for yourself."""
    return Status(201, _issue(request.actor, _me(request), body))


@router.delete("/tokens/current", response={204: None, **problems(401, 422)})
def sign_out(request: ActorRequest) -> Any:
    """End the token that this request carries."""
    token = getattr(request, "token", None)
    if token is None:
        raise Invalid(_("本次请求没有使用令牌，无可撤销。"))
    services.revoke_token(request.actor, token)
    return Status(204, None)


@router.delete("/tokens/{uid}", response={204: None, **problems(401, 404, 409)})
def revoke(request: ActorRequest, uid: str) -> Any:
    """End one of your tokens."""
    services.revoke_token(request.actor, queries.by_uid(ApiToken.objects.all(), uid, request.actor))
    return Status(204, None)
