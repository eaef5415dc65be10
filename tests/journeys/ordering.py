"""Orders that journeys begin with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from quanheng.cli.client import Client
from quanheng.cli.instance import Instance


def fresh_order(server: Instance, client: Callable[[str | None], Client]) -> str:
    """A fresh order of the enterprise's, for one item, with the laboratory of the accounts."""
    house = {account["username"]: account["organisation_uid"] for account in server.accounts}
    maker = client("enterprise")
    need = maker.post("/needs", {"organisation": house["enterprise"], "text": "电动自行车检测：最高车速"})
    plan = maker.post(f"/needs/{need['uid']}/proposals", {"prefer": "fewest"})
    (line,) = plan["lines"]
    if line["institution"]["uid"] != house["operator"]:
        able = {one["institution"]: one["scope_line"] for one in line["considered"] if one["able"]}
        body = {"position": 1, "scope_line": able[house["operator"]]}
        maker.post(f"/proposals/{plan['uid']}/choose", body)
    made = maker.post(f"/proposals/{plan['uid']}/confirm", {"contact": "张工 13800000000"})
    return str(made["orders"][0]["uid"])


def report_on(order: str, client: Callable[[str | None], Client]) -> None:
    """Bring an order of ``fresh_order`` to its delivered report."""
    reviewed(order, client)
    client("signatory").post(f"/orders/{order}/issue", {})
    client("operator").post(f"/orders/{order}/deliver")


def reviewed(order: str, client: Callable[[str | None], Client]) -> None:
    """Bring an order of ``fresh_order`` before the signatory."""
    path, operator = f"/orders/{order}", client("operator")
    operator.post(f"{path}/accept")
    operator.post(f"{path}/receive", {"quantity": "1 辆", "condition": "完好"})
    measured = {
        "position": 1,
        "value": "24.6",
        "unit": "km/h",
        "uncertainty": "0.3",
        "k": "2",
        "instruments": [operator.get(f"{path}/instruments")[0]["uid"]],
        "measured_on": date.today().isoformat(),
    }
    operator.post(f"{path}/results", {"rows": [measured]})
    operator.post(f"{path}/submit")
    client("reviewer").post(f"{path}/review")
