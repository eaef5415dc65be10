"""Every page of the portal: in both languages, within its queries, with its refusals."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils.html import escape

from quanheng.kernel.audit.models import Notice
from quanheng.kernel.parties.models import Organisation, Person
from quanheng.portal.coverage import documents, systems
from quanheng.portal.middleware import RefusalMiddleware
from quanheng.portal.tests.town import Town
from tests.world import make_organisation

BUDGET = 15
HAN = re.compile(r"[\u3400-\u9fff]")
PRIVATE = ("/work/", "/notices/", "/profile/")
# The platform's own name, the other language's button and what a page marks as Chinese keep their characters.
KEPT = re.compile(r'<(\w+)[^>]*\blang="zh-Hans"[^>]*>.*?</\1>', re.S)


def english_leftovers(page: str) -> list[str]:
    """Chinese characters of an English page that are neither data nor marked as Chinese."""
    body = KEPT.sub("", page.split("<body", 1)[1].split(">", 1)[1])
    return [line.strip()[:200] for line in re.sub("权衡", "", body).splitlines() if HAN.search(line)]


def read(client: Client, path: str, language: str = "zh-CN") -> Any:
    return client.get(path, headers={"accept-language": language})


def test_public_pages_answer_in_both_languages(town: Town, client: Client) -> None:
    for path in town.public:
        chinese = read(client, path)
        assert chinese.status_code == 200, path
        assert '<html lang="zh-Hans">' in chinese.content.decode(), path
        english = read(client, path, "en")
        text = english.content.decode()
        assert english.status_code == 200 and '<html lang="en">' in text, path
        # A report is data as it was signed, in the words of whoever signed it; its page is looked at below.
        if not path.startswith("/r/"):
            assert english_leftovers(text) == [], path


@pytest.mark.parametrize("who", ["buyer", "operator", "officer"])
def test_private_pages_answer_in_both_languages(town: Town, client: Client, who: str) -> None:
    client.force_login(getattr(town, who))
    for path in PRIVATE:
        assert read(client, path).status_code == 200, path
        english = read(client, path, "en").content.decode()
        # Titles of cases and names of people are data.
        text = english.replace("检测", "").replace("电动自行车", "").replace("人员", "")
        assert english_leftovers(text) == [], path


def test_pages_keep_to_their_queries(
    town: Town, client: Client, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    client.force_login(town.operator)
    for path in [*town.public, *PRIVATE]:
        with django_assert_max_num_queries(BUDGET) as asked:
            assert client.get(path).status_code == 200, path
        assert asked.captured_queries or path == "/style/"


def test_lists_ask_no_more_for_more_rows(
    town: Town, client: Client, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    with django_assert_max_num_queries(BUDGET) as few:
        client.get("/organisations/")
    for _each in range(60):
        make_organisation("laboratory")
    with django_assert_max_num_queries(len(few.captured_queries)):
        page = client.get("/organisations/").content.decode()
    assert "after=a" in page


@pytest.mark.parametrize("path", PRIVATE)
def test_visitors_are_asked_to_sign_in(db: None, client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere/",
        "/organisations/0000000000000/",
        "/standards/0000000000000/",
        "/scope/0000000000000/",
        "/scope/?item=nothing",
        "/families/nothing/",
        "/rules/0000000000000/",
        "/r/0000000000000",
        "/r/0000000000000/pdf",
        "/verify/?number=JC2026-NOTHING-000001",
    ],
)
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_what_is_not_there_is_said_kindly(db: None, client: Client, path: str, language: str) -> None:
    answer = read(client, path, language)
    assert answer.status_code == 404
    page = answer.content.decode()
    assert "<h1" in page and "/static/" in page
    if language == "en":
        assert english_leftovers(page) == []


@pytest.mark.parametrize(
    "path",
    [
        "/organisations/?after=zzz&kind=nonsense&region=9",
        "/organisations/?q=%00%27%22%3Cscript%3E",
        "/standards/?q=%00&status=no",
        "/rules/?on=yesterday&process=x",
        "/search/?q=%00",
        "/search/?q=" + "很" * 500,
        "/verify/?number=%00",
        "/notices/?after=b9999999999999999999",
        "/scope/?item=%00",
        "/scope/?q=%25_%27",
    ],
)
def test_nonsense_in_the_address_is_no_failure(town: Town, client: Client, path: str) -> None:
    client.force_login(town.buyer)
    assert client.get(path).status_code in (200, 404, 422)


def test_a_question_that_cannot_be_read_is_told_by_field(town: Town, client: Client) -> None:
    answer = read(client, f"/scope/?item={town.book.line.item.code}&range=three apples", "en")
    assert answer.status_code == 422
    assert "three apples" in answer.content.decode()


def test_text_of_users_is_inert(town: Town, client: Client) -> None:
    Organisation.objects.filter(pk=town.book.client.pk).update(
        name_zh="<script>alert(1)</script>", introduction_zh="<img src=x onerror=alert(1)>"
    )
    for path in ("/organisations/", f"/organisations/{town.book.client.uid}/", "/search/?q=<script>alert(1)</script>"):
        page = client.get(path).content.decode()
        assert "<script>alert" not in page and "<img src=x" not in page
        assert "&lt;script&gt;alert(1)" in page


def test_answer_says_why(town: Town, client: Client) -> None:
    page = read(client, f"/scope/?item={town.book.line.item.code}&method=GB 1-2001", "en").content.decode()
    assert "is-bad" in page and "GB 1-2001" in page
    page = read(client, f"/scope/?item={town.book.line.item.code}", "en").content.decode()
    assert "is-ok" in page and "is-bad" not in page


def test_workbench_shows_what_waits_and_for_whom(town: Town, client: Client) -> None:
    client.force_login(town.operator)
    page = client.get("/work/").content.decode()
    assert "/orders/" in page and "等我办" in page and "现在没有等您办的事" not in page
    client.force_login(town.officer)
    assert "现在没有等您办的事" in client.get("/work/").content.decode()


def test_workbench_counts_what_is_left_like_the_case_does(town: Town, client: Client) -> None:
    client.force_login(town.operator)
    for language in ("zh-CN", "en"):
        bench = read(client, "/work/", language).content.decode()
        path = re.search(r'href="(/orders/\w+/)"', bench)
        assert path is not None
        clock = re.compile(r'<time class="badge clock[^>]*>([^<]+)</time>')
        shown, head = clock.search(bench), clock.search(read(client, path[1], language).content.decode())
        assert shown is not None and head is not None and shown[1] == head[1], language
        assert ("工作日" if language == "zh-CN" else "working day") in shown[1]


def test_rules_of_the_platform_are_called_so_in_both_languages(town: Town, client: Client) -> None:
    for language, words in (("zh-CN", "平台服务规则"), ("en", "platform service rule")):
        page = read(client, "/rules/?process=one_stop", language).content.decode()
        assert words in page, language


def test_notices_are_new_until_they_are_seen(town: Town, client: Client) -> None:
    client.force_login(town.operator)
    newest = Notice.objects.filter(organisation=town.book.institution).latest("id").pk
    page = client.get("/notices/").content.decode()
    assert f'name="upto" value="{newest}"' in page
    assert client.post("/notices/seen/", {"upto": "x"}).status_code == 422
    answer = client.post("/notices/seen/", {"upto": newest}, follow=True)
    assert 'name="upto"' not in answer.content.decode()
    assert Person.objects.get(pk=town.operator.pk).notices_seen == newest


def test_banner_stands_on_every_page_of_demonstration_data(town: Town, client: Client) -> None:
    assert all('class="banner"' in client.get(path).content.decode() for path in ("/", "/verify/", "/rules/"))


def test_every_system_of_the_plans_is_there_and_live_ones_work(town: Town, client: Client) -> None:
    found = systems()
    assert len(found) == 211 and len({one.id for one in found}) == 211
    assert {one.document.id for one in found} == set(documents())
    for one in found:
        assert HAN.search(one.must_do_zh) and one.must_do_en and not HAN.search(one.must_do_en), one.id
    for language, name in (("zh-CN", "must_do_zh"), ("en", "must_do_en")):
        page = read(client, "/plans/?document=all", language).content.decode()
        assert all(f">{one.id}</span>" in page and escape(getattr(one, name)) in page for one in found)
        assert len(read(client, "/plans/", language).content) < 60_000
    assert ">E06</span>" in client.get("/plans/?status=live&q=E06").content.decode()
    client.force_login(town.buyer)
    live = [one for one in found if one.live]
    assert live
    for one in live:
        assert one.live is not None
        assert client.get(one.live.page).status_code == 200, one.id


def test_errors_keep_the_look(db: None) -> None:
    refused = Client(enforce_csrf_checks=True).post("/notices/seen/", {"upto": 1})
    assert refused.status_code == 403
    assert "没有提交" in refused.content.decode()
    for name in ("400.html", "403.html", "500.html", "503.html"):
        page = render_to_string(name)
        assert "portal/css/theme" in page and "<h1" in page
    assert "Something failed" in render_to_string("500.html")


def test_a_database_that_cannot_write_is_told_on_the_page(rf: RequestFactory) -> None:
    answer = RefusalMiddleware(lambda request: HttpResponse()).process_exception(
        rf.post("/orders/"), OperationalError("database or disk is full")
    )
    assert answer is not None and answer.status_code == 503 and answer.headers["Retry-After"]
    told = answer.content.decode()
    assert "没有写入任何内容" in told and "检查磁盘空间" in told and "the space on the disk" in told
