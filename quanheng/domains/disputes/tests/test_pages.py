"""Pages and API of complaints and objections: from the order to the judgement, and what is refused on the way."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from quanheng.domains.disputes.models import Complaint, Objection
from quanheng.domains.disputes.services import ask_retest
from quanheng.domains.disputes.tests.quarrel import REPORTED, Quarrel, again, retest_of
from tests.browse import browse
from tests.world import make_actor

MaxQueries = Callable[[int], AbstractContextManager[Any]]
DISAGREES = REPORTED | {"speed": ("24.1", "0.4")}
JSON = "application/json"


def test_a_complaint_from_the_page_of_its_order_to_its_end(quarrel: Quarrel) -> None:
    buyer, quality = browse(quarrel.buyer), browse(quarrel.near())
    order = f"/orders/{quarrel.order.case.uid}/"
    assert f"{order}complain/" in buyer.get(order).content.decode()
    assert "complain/" not in quality.get(order).content.decode()
    assert buyer.get(f"{order}complain/").status_code == 200
    wrong = buyer.post(f"{order}complain/", {"topic": "late", "text": " "})
    assert wrong.status_code == 422 and not Complaint.objects.exists()
    made = buyer.post(f"{order}complain/", {"topic": "late", "text": "<b>晚了六天</b>"})
    page = made["Location"]
    told = quality.get(page).content.decode()
    assert "&lt;b&gt;晚了六天" in told and f"{page}reply/" in told and "工期和价格" in told
    assert page in quality.get(order).content.decode()
    assert page in quality.get("/work/").content.decode()
    assert buyer.get(f"{page}reply/", follow=True).redirect_chain[-1][0] == page
    assert quality.get(f"{page}reply/").status_code == 200
    quality.post(f"{page}reply/", {"text": "设备检修"})
    assert "追问" in buyer.get(page).content.decode()
    assert "Ask once more" in browse(quarrel.buyer, "en").get(page).content.decode()
    assert buyer.post(f"{page}give_up/", {"reason": ""}).status_code == 422
    buyer.post(f"{page}give_up/", {"reason": "没有说明原因"})
    assert "12315" in buyer.get(page).content.decode()
    officer = browse(quarrel.officer)
    assert page in officer.get("/complaints/", {"state": "unresolved"}).content.decode()
    assert page not in officer.get("/complaints/", {"state": "settled"}).content.decode()
    # What is over is told, not done.
    late = buyer.post(f"{page}settle/", follow=True)
    assert late.status_code == 200 and "不能再" in late.content.decode()


def test_an_objection_from_the_page_of_its_order_to_its_judgement(quarrel: Quarrel) -> None:
    buyer, quality = browse(quarrel.buyer), browse(quarrel.near())
    order = f"/orders/{quarrel.order.case.uid}/"
    asked = buyer.get(f"{order}object/").content.decode()
    assert "24.9 km/h ± 0.3" in asked
    assert buyer.post(f"{order}object/", {"positions": ["7"], "grounds": "x"}).status_code == 422
    assert buyer.post(f"{order}object/", {"positions": ["x"], "grounds": "x"}).status_code == 422
    page = buyer.post(f"{order}object/", {"positions": ["1"], "grounds": "自测 24.1"})["Location"]
    assert f"{page}concede/" in quality.get(page).content.decode()
    assert quality.get(f"{page}concede/").status_code == 200
    quality.post(f"{page}uphold/", {"text": "设备与方法无误"})
    offered = buyer.get(f"{page}ask_retest/").content.decode()
    assert "远检测" in offered and "150" in offered and "近检测：" not in offered
    body = {"institution": quarrel.shop.far.uid, "sample": "retained"}
    assert buyer.post(f"{page}ask_retest/", {**body, "institution": "x"}).status_code == 422
    buyer.post(f"{page}ask_retest/", body)
    retest = Objection.objects.get().retest
    assert retest is not None
    found = buyer.get(f"/orders/{retest.case.uid}/").content.decode()
    assert f'href="{page}"' in found and "复测任务单" in found
    assert "远检测" in buyer.get(page).content.decode()
    # The first institution reads of the retest, but does not open it.
    assert retest.case.number in quality.get(page).content.decode()
    assert f"/orders/{retest.case.uid}/" not in quality.get(page).content.decode()
    quarrel.report(retest, DISAGREES)
    judged = browse(quarrel.near(), "en").get(page).content.decode()
    assert "1.60" in judged and "Disagrees" in judged and "ISO 13528:2022" in judged
    assert "Borne by the first institution" in judged and "150 yuan" in judged


def test_who_has_no_part_in_it_finds_nothing(quarrel: Quarrel) -> None:
    objection = quarrel.upheld(1)
    retest = retest_of(ask_retest(quarrel.buyer, objection, institution=quarrel.shop.far, sample="new"))
    order, page = f"/orders/{quarrel.order.case.uid}/", f"/objections/{objection.case.uid}/"
    for who in (quarrel.far(), quarrel.shop.stranger):
        for path in (page, f"{page}accept/", f"{page}ask_retest/", f"{order}complain/", f"{order}object/"):
            assert browse(who).get(path).status_code == 404
        assert browse(who).post(f"{page}accept/").status_code == 404
        assert page not in browse(who).get("/objections/").content.decode()
    # Who retests is told what it is, and nothing of the quarrel.
    told = browse(quarrel.far()).get(f"/orders/{retest.case.uid}/").content.decode()
    assert "这是一张复测任务单" in told and page not in told and "24.9" not in told


def test_pages_of_an_objection_with_its_retest_ask_few_queries(
    quarrel: Quarrel, django_assert_max_num_queries: MaxQueries
) -> None:
    objection = quarrel.retested(quarrel.upheld(), DISAGREES)
    client = browse(quarrel.buyer)
    pages = (f"/objections/{objection.case.uid}/", f"/orders/{quarrel.order.case.uid}/")
    for page in pages:
        client.get(page)
    with django_assert_max_num_queries(15):
        assert client.get(pages[0]).status_code == 200
    with django_assert_max_num_queries(16):  # the client may still object, and asks until when
        assert client.get(pages[1]).status_code == 200


def test_the_api_tells_and_does_the_same(quarrel: Quarrel) -> None:
    buyer, quality = browse(quarrel.buyer), browse(quarrel.near())
    order = f"/api/v1/orders/{quarrel.order.case.uid}"

    def post(who: Any, path: str, body: Any = None, status: int = 200) -> dict[str, Any]:
        answer = who.post(path, {} if body is None else body, content_type=JSON)
        assert answer.status_code == status, answer.content.decode()
        return answer.json()  # type: ignore[no-any-return]

    complaint = post(buyer, f"{order}/complaints", {"topic": "price", "text": "多收费"}, 201)
    assert complaint["state"] == "open" and complaint["told"] and complaint["due_at"]
    assert [one["name"] for one in complaint["moves"]] == ["give_up", "withdraw"]
    path = f"/api/v1/complaints/{complaint['uid']}"
    post(quality, f"{path}/reply", {"text": "x" * 1001}, 422)
    post(quality, f"{path}/reply", {"text": "已核对"})
    post(buyer, f"{path}/ask-again", {"reason": "请附明细"})
    post(quality, f"{path}/reply", {"text": "明细如下"})
    assert post(buyer, f"{path}/settle")["second_reply"] == "明细如下"
    assert post(buyer, f"{path}/withdraw", status=409)["type"].endswith("wrong-state")
    post(buyer, f"{order}/objections", {"positions": [0], "grounds": "x"}, 422)
    post(buyer, f"{order}/objections", {"positions": [99], "grounds": "x"}, 422)
    objection = post(buyer, f"{order}/objections", {"positions": [1], "grounds": "自测 24.1"}, 201)
    path = f"/api/v1/objections/{objection['uid']}"
    assert objection["items"][0]["first"]["value"] == "24.9" and objection["items"][0]["retest"] is None
    post(quality, f"{path}/uphold", {"text": "无误"})
    (offer,) = buyer.get(f"{path}/institutions").json()
    assert (offer["institution"]["name_zh"], offer["price_cents"], offer["days"]) == ("远检测", 15000, 9)
    body = {"institution": offer["institution"]["uid"], "sample": "retained"}
    post(buyer, f"{path}/retest", {**body, "sample": "old"}, 422)
    post(buyer, f"{path}/retest", {**body, "institution": "none"}, 404)
    asked = post(buyer, f"{path}/retest", body)
    assert asked["retest"]["order"] and asked["retest"]["borne_by"] == ""
    assert quality.get(path).json()["retest"]["order"] is None
    retest = Objection.objects.get().retest
    assert retest is not None
    quarrel.report(retest, DISAGREES)
    judged = quality.get(path).json()
    assert (judged["state"], judged["outcome"], judged["retest"]["borne_by"]) == (
        "correcting",
        "contradicted",
        "institution",
    )
    (item,) = judged["items"]
    assert (item["basis"], item["score"], item["agrees"], item["retest"]["value"]) == ("en", "1.60", False, "24.1")
    rows = buyer.get("/api/v1/registers/objections", {"outcome": "contradicted"}).json()["items"]
    assert [row["uid"] for row in rows] == [objection["uid"]]
    assert browse(quarrel.officer).get("/registers/objections/" + objection["uid"] + "/history/").status_code == 200


@pytest.mark.parametrize("act", ["concede", "close"])
def test_conceding_over_the_api(quarrel: Quarrel, act: str) -> None:
    objection = quarrel.object(1)
    path = f"/api/v1/objections/{objection.case.uid}"
    quality = browse(quarrel.near())
    if act == "close":
        quality.post(f"{path}/concede", {"text": "换算有误"}, content_type=JSON)
        quarrel.report(quarrel.order, DISAGREES)
        assert browse(quarrel.buyer).post(f"{path}/close").json()["state"] == "corrected"
    else:
        answer = quality.post(f"{path}/concede", {"text": "换算有误", "suspend": True}, content_type=JSON)
        assert answer.json()["state"] == "correcting"
        assert again(objection).report.state == "suspended"
        assert browse(make_actor((quarrel.shop.near, "operator"))).post(f"{path}/close").status_code == 403
