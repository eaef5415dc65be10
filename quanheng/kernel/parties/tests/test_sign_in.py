"""Signing in and out, locks, second factors, forgotten passwords: as a browser does it, in both languages."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.mfa.totp.internal.auth import yield_hotp_counters_from_time as counters
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from quanheng.kernel.audit.models import Entry
from quanheng.kernel.parties import lockout, services
from quanheng.kernel.parties.models import Person
from quanheng.kernel.parties.queries import actor_of
from quanheng.kernel.parties.tests.world import PASSWORD, actor, organisation, person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    """Failures are counted by address too: those of another test must not add up."""
    cache.clear()


@pytest.fixture
def somebody() -> Person:
    own = organisation()
    return person((own, "member"), username="wang.wu", password=PASSWORD, email="wang@example.com")


def sign_in(client: Client, username: str = "wang.wu", password: str = PASSWORD, **facts: Any) -> Any:
    return client.post("/account/login/", {"login": username, "password": password}, **facts)


def code_of(secret: str) -> str:
    """The code that an authenticator app shows now."""
    now = sorted(counters())
    return format_hotp_value(hotp_value(secret, now[len(now) // 2]))


def test_sign_in_leads_to_the_workbench_and_out_again(client: Client, somebody: Person) -> None:
    answer = sign_in(client)
    assert (answer.status_code, answer["Location"]) == (302, "/work/")
    assert client.get("/api/v1/me").json()["username"] == "wang.wu"
    assert client.get("/account/logout/").status_code == 200
    client.post("/account/logout/")
    assert client.get("/api/v1/me").status_code == 401


def test_the_user_name_is_typed_in_any_case(client: Client, somebody: Person) -> None:
    assert sign_in(client, " Wang.Wu ").status_code == 302


def test_nobody_signs_up_by_himself(client: Client) -> None:
    page = client.get("/account/signup/")
    assert "账户由本机构管理员开立" in page.content.decode()
    client.post("/account/signup/", {"username": "x", "email": "x@e.cn", "password1": PASSWORD, "password2": PASSWORD})
    assert not Person.objects.exists()


@pytest.mark.parametrize(
    ("language", "wrong", "locked"),
    [
        ("zh-hans", "登录名或密码不正确", "分钟后重试"),
        ("en", "The user name or the password is not right", "try again in"),
    ],
)
def test_five_failures_lock_and_say_how_long(
    client: Client, somebody: Person, language: str, wrong: str, locked: str
) -> None:
    for number in range(5):
        page = sign_in(client, password="no", headers={"accept-language": language}, REMOTE_ADDR=f"10.0.0.{number}")
        assert wrong in page.content.decode()
    # The right password from yet another address and host changes nothing.
    page = sign_in(client, headers={"accept-language": language}, REMOTE_ADDR="10.9.9.9", HTTP_HOST="localhost")
    text = page.content.decode()
    assert page.status_code == 200
    assert locked in text
    assert re.search(r"\b5 (分钟|minute)", text)
    assert lockout.seconds_left(page.wsgi_request, "WANG.WU") > 290


def test_an_administrator_lifts_the_lock(client: Client, somebody: Person) -> None:
    own = somebody.memberships.get()
    for _ in range(6):
        sign_in(client, password="no")
    assert sign_in(client).status_code == 200
    services.unlock_account(actor((own.organisation, "administrator")), own)
    assert sign_in(client).status_code == 302


def test_an_unknown_name_is_answered_like_a_wrong_password(client: Client, somebody: Person) -> None:
    def shown(username: str) -> str:
        page = sign_in(client, username, "wrong").content.decode()
        return re.sub(r'(value|content)="[^"]*"', "", page)

    assert shown("wang.wu") == shown("nobody.here")


def test_a_forgotten_password_is_reset_without_telling_who_has_an_account(client: Client, somebody: Person) -> None:
    def ask(email: str) -> str:
        answer = client.post("/account/password/reset/", {"email": email}, follow=True)
        return re.sub(r'(value|content)="[^"]*"', "", answer.content.decode())

    assert ask("wang@example.com") == ask("unknown@example.com")
    mails = [task.args_kwargs["args"] for task in DBTaskResult.objects.order_by("enqueued_at")]
    assert [mail[0] for mail in mails] == ["wang@example.com", "unknown@example.com"]
    assert "没有登记" in mails[1][2]
    link = re.search(r"http://\S+/password/reset/key/\S+", mails[0][2])
    assert link is not None
    token = services.issue_token(actor_of(somebody), somebody, name="t", secret="qh_old")
    form = client.get(link[0], follow=True)
    new = "another-long-password"
    done = client.post(form.redirect_chain[-1][0], {"password1": new, "password2": new}, follow=True)
    assert "请用新密码登录" in done.content.decode()
    assert sign_in(client, password=PASSWORD).status_code == 200
    assert sign_in(client, password=new).status_code == 302
    token.refresh_from_db()
    assert token.revoked_at is not None
    assert "链接已失效" in Client().get(link[0], follow=True).content.decode()


def test_a_new_person_sets_the_password_by_the_link(client: Client) -> None:
    own = organisation()
    services.register_person(
        actor((own, "administrator")), own, username="new.one", name_zh="新人", email="new@example.com"
    )
    body = DBTaskResult.objects.get().args_kwargs["args"][2]
    assert "请在 3 天内" in body
    link = re.search(r"http://\S+", body)
    assert link is not None
    form = client.get(link[0], follow=True)
    client.post(form.redirect_chain[-1][0], {"password1": PASSWORD, "password2": PASSWORD})
    assert sign_in(client, "new.one").status_code == 302


def test_a_weak_new_password_is_refused(client: Client, somebody: Person) -> None:
    client.force_login(somebody)
    page = client.post(
        "/account/password/change/", {"oldpassword": PASSWORD, "password1": "12345", "password2": "12345"}
    )
    assert page.status_code == 200
    assert somebody.check_password(PASSWORD)


def test_the_second_factor_is_asked_and_counts_failures(client: Client, somebody: Person) -> None:
    secret = generate_totp_secret()
    TOTP.activate(somebody, secret)
    answer = sign_in(client)
    assert answer["Location"].startswith("/account/2fa/authenticate/")
    assert client.get("/api/v1/me").status_code == 401
    page = client.get(answer["Location"])
    assert "六位验证码" in page.content.decode()
    for _ in range(5):
        assert client.post(answer["Location"], {"code": "000000"}).status_code == 200
    assert "锁定" in client.post(answer["Location"], {"code": code_of(secret)}).content.decode()
    lockout.lift(somebody)
    assert client.post(answer["Location"], {"code": code_of(secret)}).status_code == 302
    assert client.get("/api/v1/me").status_code == 200


def test_an_authenticator_is_set_up_with_a_code_and_recovery_codes_follow(client: Client, somebody: Person) -> None:
    sign_in(client)
    asked = client.get("/account/2fa/totp/activate/")
    assert asked["Location"].startswith("/account/reauthenticate/")
    assert client.post(asked["Location"], {"password": "wrong"}).status_code == 200
    assert client.post(asked["Location"], {"password": PASSWORD})["Location"] == "/account/2fa/totp/activate/"
    page = client.get("/account/2fa/totp/activate/")
    text = page.content.decode()
    assert "data:image/svg+xml;base64," in text
    secret = client.session["mfa.totp.secret"]
    assert secret in text
    answer = client.post("/account/2fa/totp/activate/", {"code": code_of(secret)}, follow=True)
    assert "恢复码" in answer.content.decode()
    assert Authenticator.objects.filter(user=somebody, type="totp").exists()
    codes = re.findall(r"<code>(\d+)</code>", client.get("/account/2fa/recovery-codes/").content.decode())
    assert len(codes) == 10
    other = Client()
    step = sign_in(other)["Location"]
    assert other.post(step, {"code": codes[0]}).status_code == 302
    assert other.get("/api/v1/me").status_code == 200


PAGES = (
    "account_login", "account_signup", "account_reset_password", "account_reset_password_done",
    "account_reset_password_from_key_done", "account_inactive", "mfa_login_webauthn",
)  # fmt: skip
OWN_PAGES = (
    "account_logout", "account_change_password", "account_email", "account_reauthenticate", "mfa_index",
    "mfa_activate_totp", "mfa_list_webauthn", "mfa_add_webauthn", "socialaccount_connections",
    "socialaccount_login_cancelled", "socialaccount_login_error",
)  # fmt: skip


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_is_ours_and_complete_in_its_language(client: Client, somebody: Person, language: str) -> None:
    for own in (False, True):
        if own:
            sign_in(client, headers={"accept-language": language})
            client.post("/account/reauthenticate/", {"password": PASSWORD}, headers={"accept-language": language})
        for name in OWN_PAGES if own else PAGES:
            page = client.get(reverse(name), headers={"accept-language": language}, follow=True)
            assert page.status_code == (401 if name == "socialaccount_login_error" else 200), name
            if page["Content-Type"].startswith("application/json"):
                continue
            text = page.content.decode()
            assert 'class="topbar"' in text, name
            main = re.sub(r"<[^>]+>", " ", text[text.index("<main") : text.index("</main>")])
            if language == "en":
                assert not re.search("[\u4e00-\u9fff]", main.replace("wang.wu", "")), (name, main)
            else:
                assert not re.search(r"\b(the|your|you)\b", main), (name, main)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_whoever_signs_in_elsewhere_may_set_a_password(client: Client, language: str) -> None:
    guest = person((organisation(), "member"))
    guest.set_unusable_password()
    guest.save()
    client.force_login(guest)
    page = client.get("/account/password/set/", headers={"accept-language": language})
    text = page.content.decode()
    assert page.status_code == 200 and 'class="topbar"' in text
    assert ("Set a password" if language == "en" else "设置密码") in text
    client.post("/account/password/set/", {"password1": PASSWORD, "password2": PASSWORD})
    guest.refresh_from_db()
    assert guest.check_password(PASSWORD)


def test_an_address_is_changed_by_the_act_that_the_trail_keeps(client: Client, somebody: Person) -> None:
    sign_in(client)
    for path in ("/account/email/", "/account/confirm-email/"):
        assert client.get(path)["Location"] == "/profile/change/"
    wrong = client.post("/profile/change/", {"email": "nowhere"})
    assert wrong.status_code == 422 and "电子邮箱格式不对" in wrong.content.decode()
    client.post("/profile/change/", {"email": "new@example.com", "phone": "022-1", "name_en": "Wang Wu"})
    somebody.refresh_from_db()
    assert (somebody.email, somebody.phone, somebody.name_en) == ("wang@example.com", "022-1", "Wang Wu")
    assert somebody.email_pending == "new@example.com"
    assert Entry.objects.get(act="parties.person.change").actor_id == somebody.pk
    assert DBTaskResult.objects.count() == 1, "the link goes to the new address"
