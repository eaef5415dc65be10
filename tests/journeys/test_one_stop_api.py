"""J1 over the API: the tour as it is told, and what the platform refuses on the way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from quanheng.cli.client import Client, Refused
from quanheng.cli.instance import Instance

As = Callable[[str | None], Client]

NEED = "电动自行车检测：最高车速、整车质量"


def refused(status: int, person: Client, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """Post and expect the refusal."""
    with pytest.raises(Refused) as caught:
        person.post(path, body or {})
    assert caught.value.answer.status == status, caught.value
    problem = caught.value.problem
    assert problem["detail_zh"] and problem["detail_en"]
    return problem


@pytest.fixture
def commission(server: Instance, client: As) -> dict[str, Any]:
    """A fresh commission whose only order is with the laboratory of the accounts."""
    maker = client("enterprise")
    house = {account["username"]: account["organisation_uid"] for account in server.accounts}
    need = maker.post("/needs", {"organisation": house["enterprise"], "text": NEED})
    plan = maker.post(f"/needs/{need['uid']}/proposals", {"prefer": "fewest"})
    for line in plan["lines"]:
        able = {one["institution"]: one["scope_line"] for one in line["considered"] if one["able"]}
        if line["institution"]["uid"] != house["operator"]:
            body = {"position": line["position"], "scope_line": able[house["operator"]]}
            maker.post(f"/proposals/{plan['uid']}/choose", body)
    made: dict[str, Any] = maker.post(f"/proposals/{plan['uid']}/confirm", {"contact": "张工 13800000000"})
    assert len(made["orders"]) == 1
    return made


@pytest.fixture
def order(commission: dict[str, Any]) -> str:
    return f"/orders/{commission['orders'][0]['uid']}"


def results(operator: Client, order: str, **changes: Any) -> dict[str, Any]:
    instrument = operator.get(f"{order}/instruments")[0]["uid"]
    measured = {"km/h": ("24.6", "0.3"), "kg": ("54.2", "0.6")}
    rows = []
    for one in operator.get(order)["results"]:
        value, expanded = measured[one["limit_unit"]]
        rows.append({
            "position": one["position"], "value": value, "unit": one["limit_unit"], "uncertainty": expanded, "k": "2",
            "instruments": [instrument], "measured_on": date.today().isoformat(), **changes,
        })  # fmt: skip
    return {"rows": rows}


def test_every_step_keeps_its_own_and_its_turn(client: As, order: str, commission: dict[str, Any]) -> None:
    maker, operator, reviewer, signatory = (client(n) for n in ("enterprise", "operator", "reviewer", "signatory"))
    # Others do not even learn that it exists.
    for stranger in ("metrology-operator", None):
        with pytest.raises(Refused) as caught:
            client(stranger).get(order)
        assert caught.value.answer.status == 404
    assert client("officer").get(order)["state"] == "offered"
    refused(404, client(None), f"{order}/accept")
    refused(404, client("metrology-operator"), f"{order}/accept")
    refused(403, maker, f"{order}/accept")
    refused(409, operator, f"{order}/receive", {"quantity": "1 辆", "condition": "完好"})
    refused(409, maker, f"/commissions/{commission['uid']}/close", {"reason": "不做了"})
    refused(409, maker, f"{order}/rating", {"stars": 5})
    operator.post(f"{order}/accept")
    assert refused(409, operator, f"{order}/accept")["type"].endswith("wrong-state")
    refused(422, operator, f"{order}/receive", {"quantity": " ", "condition": "完好"})
    operator.post(f"{order}/receive", {"quantity": "1 辆", "condition": "完好"})
    refused(409, operator, f"{order}/submit")
    refused(403, reviewer, f"{order}/results", results(operator, order))
    for field, value in (("uncertainty", ""), ("unit", "℃"), ("value", "很快"), ("instruments", []), ("k", "9")):
        problem = refused(422, operator, f"{order}/results", results(operator, order, **{field: value}))
        assert {error["field"] for error in problem["errors"]} == {field}
        assert [error["row"] for error in problem["errors"]] == [1, 2]
    refused(422, operator, f"{order}/results", results(operator, order, measured_on="2999-01-01"))
    assert not any(one["value"] for one in operator.get(order)["results"])
    operator.post(f"{order}/results", results(operator, order))
    operator.post(f"{order}/submit")
    refused(403, operator, f"{order}/review")
    refused(409, signatory, f"{order}/issue", {})
    reviewer.post(f"{order}/return", {"reason": "请复核车速"})
    operator.post(f"{order}/submit")
    reviewer.post(f"{order}/review")
    refused(403, reviewer, f"{order}/issue", {})
    report = signatory.post(f"{order}/issue", {"conclusion": "仅对来样负责"})
    refused(409, signatory, f"{order}/issue", {})
    operator.post(f"{order}/deliver")
    assert maker.get(f"/commissions/{commission['uid']}")["state"] == "completed"
    refused(422, maker, f"{order}/rating", {"stars": 6})
    refused(403, operator, f"{order}/rating", {"stars": 5})
    maker.post(f"{order}/rating", {"stars": 4, "comment": "及时"})
    refused(409, maker, f"{order}/rating", {"stars": 5})
    assert client(None).get(f"/attestations/{report['uid']}/verification")["genuine"]


def test_a_declined_order_is_given_to_another(client: As, order: str, commission: dict[str, Any]) -> None:
    maker, operator, path = client("enterprise"), client("operator"), f"/commissions/{commission['uid']}"
    refused(422, operator, f"{order}/decline", {"reason": ""})
    operator.post(f"{order}/decline", {"reason": "设备检修"})
    row = maker.get(path)["orders"][0]
    assert row["lost"]
    assert maker.get(path)["state"] == "to_answer"
    able = [one for one in maker.get(f"{path}/replacements", order=row["uid"]) if not one["missing"]]
    assert able
    body = {"order": row["uid"], "institution": able[0]["institution"]["uid"]}
    refused(404, operator, f"{path}/replace", body)
    placed = maker.post(f"{path}/replace", body)["orders"]
    assert [one["state"] for one in placed] == ["declined", "offered"]
    refused(409, maker, f"{path}/replace", body)
    maker.post(f"/orders/{placed[1]['uid']}/cancel", {"reason": "项目取消"})
    assert maker.post(f"{path}/close", {"reason": "项目取消"})["state"] == "closed"
