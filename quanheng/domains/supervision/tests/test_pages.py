"""Pages and API of supervision: the ranking, a laboratory, an inquiry opened from there, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from quanheng.domains.supervision.models import Inquiry, Scrutiny
from quanheng.domains.supervision.tests.conftest import Watch
from quanheng.kernel.attestations.models import Attestation
from tests.browse import browse

MaxQueries = Callable[[int], AbstractContextManager[Any]]
JSON = "application/json"
RANKING = "/supervision/laboratories/"


def test_from_the_ranking_to_the_end_of_an_inquiry(watch: Watch, django_assert_max_num_queries: MaxQueries) -> None:
    officer, quality = browse(watch.officer), browse(watch.quality)
    ranking = officer.get(RANKING).content.decode()
    page = f"{RANKING}{watch.suspect.uid}/"
    assert ranking.index(page) < ranking.index(f"{RANKING}{watch.honest.uid}/")
    assert "末位数字有偏好" in ranking
    with django_assert_max_num_queries(15):
        told = officer.get(page).content.decode()
    assert "线索" in told and "可能的正当原因" in told and "inquire/?report=R" in told
    english = browse(watch.officer, "en").get(page).content.decode()
    assert "Last digits preferred" in english and "Open an inquiry" in english
    asked = officer.get(f"{page}inquire/", {"report": watch.report()}).content.decode()
    assert watch.report() in asked and asked.count("checked") == 2
    wrong = officer.post(f"{page}inquire/", {"measures": ["explained"], "question": "", "reports": "R0"})
    assert wrong.status_code == 422 and not Inquiry.objects.exists()
    body = {"measures": ["explained", "digits"], "question": "<i>请说明</i>", "reports": f" {watch.report()}，\n"}
    address = officer.post(f"{page}inquire/", body)["Location"]
    assert address in quality.get("/work/").content.decode()
    with django_assert_max_num_queries(15):
        shown = quality.get(address).content.decode()
    assert "&lt;i&gt;请说明" in shown and "误判率 q" in shown and watch.report() in shown
    # The laboratory sees what is asked, not where it stands among all others.
    assert RANKING not in shown and quality.get(page).status_code == 404
    assert quality.post(f"{address}answer/", {"text": " "}).status_code == 422
    quality.post(f"{address}answer/", {"text": "按委托方要求"})
    assert "按委托方要求" in officer.get(address).content.decode()
    assert officer.get(f"{address}clear/").status_code == 200
    officer.post(f"{address}clear/", {"text": "成立"})
    assert "Account accepted" in browse(watch.quality, "en").get(address).content.decode()
    late = officer.post(f"{address}clear/", {"text": "再次"}, follow=True)
    assert late.status_code == 200 and "不能再" in late.content.decode()
    assert address in officer.get("/inquiries/", {"state": "cleared"}).content.decode()


def test_others_see_nothing_of_it(watch: Watch) -> None:
    page = f"{RANKING}{watch.suspect.uid}/"
    for actor in (watch.elsewhere, watch.quality, watch.rival):
        reader = browse(actor)
        assert reader.get(page).status_code == 404
        assert reader.get(f"{page}inquire/").status_code == 404
        assert page not in reader.get(RANKING).content.decode()
    # The district sees the ranking; it is the officers who handle cases that ask.
    district = browse(watch.district)
    assert district.get(page).status_code == 200
    assert "inquire/" not in district.get(page).content.decode()
    assert district.get(f"{page}inquire/").status_code == 302
    assert browse(None).get(page).status_code == 404


def test_the_records_before_issue_are_a_register(watch: Watch) -> None:
    officer, quality, rival = (browse(one) for one in (watch.officer, watch.quality, watch.rival))
    listed = "/gate-records/"
    for reader in (officer, quality):
        found = reader.get(listed, {"rule": "method.in_force", "issuer": watch.suspect.uid}).content.decode()
        assert watch.report() in found
    assert watch.report() not in rival.get(listed).content.decode()
    none = officer.get(listed, {"rule": "raw.copied"}).content.decode()
    assert watch.report() not in none
    api = officer.get("/api/v1/registers/gate-records", {"alike": "yes"}).json()
    assert api["items"] == []


def test_the_api_tells_the_same_and_refuses_the_same(watch: Watch) -> None:
    officer, quality = browse(watch.officer), browse(watch.quality)
    address = f"/api/v1/supervision/laboratories/{watch.suspect.uid}"
    told = officer.get(address).json()
    assert {one["key"] for one in told["measures"] if one["finding"]} == {"explained", "digits"}
    assert quality.get(address).status_code == 404
    refused = officer.post(f"{address}/inquiries", {"question": "?", "measures": ["x"]}, JSON)
    assert refused.status_code == 422 and refused["Content-Type"] == "application/problem+json"
    made = officer.post(f"{address}/inquiries", {"question": "?", "measures": ["digits"]}, JSON)
    assert made.status_code == 201
    inquiry = f"/api/v1/inquiries/{made.json()['uid']}"
    assert [one["name"] for one in quality.get(inquiry).json()["moves"] if one["possible"]] == ["answer"]
    assert officer.post(f"{inquiry}/answer", {"text": "x"}, JSON).status_code == 403
    assert quality.post(f"{inquiry}/answer", {"text": "x"}, JSON).json()["state"] == "answered"
    assert officer.post(f"{inquiry}/order-correction", {"text": "x"}, JSON).json()["state"] == "correcting"
    assert officer.post(f"{inquiry}/hand-over", {"text": "x"}, JSON).json()["type"] == "/problems/guard-heard"
    assert quality.post(f"{inquiry}/report-correction", {"text": "x"}, JSON).json()["state"] == "to_check"
    assert officer.post(f"{inquiry}/accept-correction", {"text": "x"}, JSON).json()["outcome"] == "corrected"
    assert officer.post(f"{inquiry}/hand-over", {"text": "x"}, JSON).status_code == 409
    assert browse(watch.rival).get(inquiry).status_code == 404


def test_from_the_page_of_a_report_to_an_inquiry_about_it(watch: Watch) -> None:
    report = Attestation.objects.get(number=watch.report())
    address = f"/r/{report.uid}"
    offered = f"{RANKING}{watch.suspect.uid}/inquire/?report={report.number}"
    assert offered in browse(watch.officer).get(address).content.decode()
    for actor in (watch.district, watch.elsewhere, watch.quality, None):
        assert "inquire/" not in browse(actor).get(address).content.decode()
    # Whoever has issued too little to be compared can be asked about a report all the same.
    Scrutiny.objects.filter(organisation=watch.suspect).delete()
    officer = browse(watch.officer)
    assert report.number in officer.get(offered).content.decode()
    answer = officer.post(offered, {"question": "请说明", "reports": report.number})
    assert answer.status_code == 302 and Inquiry.objects.count() == 1
    assert browse(watch.elsewhere).get(offered).status_code == 404
