"""The answer of each task in a sentence or two: what it means, and what to do next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from quanheng.portal.toolbox.answers import figure
from quanheng.portal.toolbox.labels import choice_label, listed

Data = Mapping[str, Any]
#: ok, warning, danger or info, and the sentence.
Verdict = tuple[str, str]


def verdict_of(task: str, given: Data, found: Data) -> Verdict:
    """What an answer says to somebody who does not read its numbers."""
    return _VERDICTS[task](given, found)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def rounded(value: float, u: float) -> tuple[str, str]:
    """A value and its uncertainty with two digits of the uncertainty (JCGM 100:2008, 7.2.6)."""
    if not u > 0:
        return figure(value), figure(u)
    places = max(0, 1 - int(f"{u:.1e}".partition("e")[2]))
    return (f"{value:.{places}f}", f"{u:.{places}f}") if places <= 12 else (figure(value), f"{u:.2g}")


def _uncertainty(given: Data, found: Data) -> Verdict:
    if found.get("value") is None:
        simulated = found.get("monte_carlo")
        if simulated:
            mean, u = rounded(simulated["mean"], simulated["u"])
            return "info", _("蒙特卡洛结果：y = %(value)s，u = %(u)s。") % {"value": mean, "u": u}
        return "info", _("有多个输出量，各自的结果见下表。")
    value, expanded = rounded(found["value"], found.get("U") or found["u"])
    text = _("结果：y = %(value)s ± %(U)s %(unit)s（k = %(k)s）。") % {
        "value": value, "U": expanded, "unit": found.get("unit") or "", "k": figure(round(found.get("k") or 1.0, 3)),
    }  # fmt: skip
    budget = found.get("budget") or []
    if budget:
        most = max(budget, key=lambda one: one["share"])
        text += _("贡献最大的是 %(name)s，占 %(share)s %%；要减小不确定度，先改进它。") % {
            "name": most["name"], "share": figure(round(100 * most["share"], 1)),
        }  # fmt: skip
    if found.get("gum_validated") is True:
        return "ok", text + _("蒙特卡洛证实了 GUM 的区间。")
    if found.get("gum_validated") is False:
        return "warning", text + _("蒙特卡洛与 GUM 的区间不一致，请采用蒙特卡洛的区间（JCGM 101，第 8 章）。")
    return "info", text


def _calibration_curve(given: Data, found: Data) -> Verdict:
    p = found.get("p_consistent")
    if p is None:
        return "info", _("没有给出 y 的不确定度，用残差的散布代替，所以不能检验曲线是否合适；请看残差图有没有规律。")
    if p < 0.05:
        return "warning", _(
            "曲线与数据不符（p = %(p)s < 0.05）：提高次数，或检查不确定度是否估得过小、有没有异常点。"
        ) % {"p": figure(p)}
    return "ok", _("曲线与数据相符（p = %(p)s）。") % {"p": figure(p)}


def _weighing(given: Data, found: Data) -> Verdict:
    value, u = rounded(found["conventional_mass"], found["u"])
    return "info", _("折算质量 %(value)s，标准不确定度 %(u)s；浮力修正 %(correction)s。") % {
        "value": value, "u": u, "correction": figure(found["correction"]),
    }  # fmt: skip


def _interval(given: Data, found: Data) -> Verdict:
    before, now = given.get("interval"), found["interval"]
    told = {"now": figure(now), "before": figure(before)}
    if before is None:
        return "info", _("建议的校准间隔：%(now)s（与所给时间的单位相同）。") % told
    if now > before * 1.001:
        return "ok", _("可以把间隔从 %(before)s 延长到 %(now)s。") % told
    if now < before * 0.999:
        return "warning", _("请把间隔从 %(before)s 缩短到 %(now)s。") % told
    return "ok", _("保持现在的间隔 %(now)s。") % told


def _decision(given: Data, found: Data) -> Verdict:
    tone = {"pass": "ok", "conditional_pass": "warning", "conditional_fail": "warning", "fail": "danger"}
    told = {
        "decision": choice_label("decision", "decision", found["decision"]),
        "p": figure(round(100 * found["p_conform"], 2)),
        "consumer": figure(round(100 * found["specific_consumer_risk"], 2)),
        "producer": figure(round(100 * found["specific_producer_risk"], 2)),
    }
    text = _("%(decision)s。合格概率 %(p)s %%；") % told
    if found["decision"] in ("pass", "conditional_pass"):
        text += _("判它合格而实际不合格的概率为 %(consumer)s %%。") % told
    else:
        text += _("判它不合格而实际合格的概率为 %(producer)s %%。") % told
    if not found["acceptance_possible"]:
        text += _("保护带没有留下接受区：请减小不确定度，或与客户商定别的规则。")
    likely_wrong = found["decision"] == "pass" and found["specific_consumer_risk"] > 0.05
    return "warning" if likely_wrong else tone[found["decision"]], text


def _capability(given: Data, found: Data) -> Verdict:
    cpk = found["cpk"]
    told = {"cpk": figure(round(cpk, 3)), "share": figure(1e6 * found["nonconforming"])}
    text = _("Cpk = %(cpk)s，预计每百万件有 %(share)s 件超差。") % told
    if cpk >= 1.33:
        return "ok", text + _("能力充足。")
    return (
        ("warning", text + _("能力勉强，请减小散布或调整中心。"))
        if cpk >= 1
        else ("danger", text + _("能力不足，须全检或改进过程。"))
    )


def _robust(given: Data, found: Data) -> Verdict:
    far = sum(abs(one - found["location"]) > 3 * found["scale"] for one in given["x"]) if found["scale"] else 0
    told = {"location": figure(found["location"]), "scale": figure(found["scale"]), "far": far, "n": len(given["x"])}
    return "info", _(
        "稳健平均值 %(location)s，稳健标准差 %(scale)s；%(n)s 个结果中有 %(far)s 个离平均值超过三倍标准差。"
    ) % told


def _scores(given: Data, found: Data) -> Verdict:
    z = [one for one in _listed(found["z"]) if one is not None]
    bad, doubtful = sum(abs(one) >= 3 for one in z), sum(2 < abs(one) < 3 for one in z)
    if len(z) == 1:
        one = {"z": figure(round(z[0], 3))}
        if bad:
            return "danger", _("z = %(z)s：不满意，须查找原因并采取纠正措施。") % one
        return ("warning", _("z = %(z)s：有问题，请检查。") % one) if doubtful else ("ok", _("z = %(z)s：满意。") % one)
    told = {"n": len(z), "good": len(z) - bad - doubtful, "doubtful": doubtful, "bad": bad}
    tone = "danger" if bad else "warning" if doubtful else "ok"
    return tone, _("%(n)s 个结果：%(good)s 个满意，%(doubtful)s 个有问题，%(bad)s 个不满意（|z| ≥ 3）。") % told


def _homogeneity(given: Data, found: Data) -> Verdict:
    told = {"s": figure(found["s_s"]), "criterion": figure(found["criterion"]), "expanded": figure(found["expanded"])}
    if found["adequate"]:
        return "ok", _("足够均匀：样品间标准差 %(s)s 不超过 0.3 σpt = %(criterion)s。") % told
    if found["adequate_expanded"]:
        return "warning", _(
            "样品间标准差 %(s)s 超过 0.3 σpt = %(criterion)s，但在扩展准则 %(expanded)s 之内，可以接受。"
        ) % told
    return "danger", _(
        "不够均匀：样品间标准差 %(s)s 超过扩展准则 %(expanded)s。重新制备样品，或把它计入评定的不确定度。"
    ) % told


def _precision(given: Data, found: Data) -> Verdict:
    out = {
        str(lab)
        for level in found["levels"]
        for name, limit in (("h", "h_limit5"), ("k", "k_limit5"))
        for lab, value in level[name].items()
        if level.get(limit) is not None and abs(value) > level[limit]
    }
    for level in found["levels"]:
        cochran = level.get("cochran")
        if cochran and cochran["limit1"] is not None and cochran["statistic"] > cochran["limit1"]:
            out.add(str(cochran["lab"]))
    if out:
        return "warning", _("这些实验室异常：%(labs)s。先查原因，查清之前不要剔除。") % {"labs": listed(sorted(out))}
    return "ok", _("没有实验室超出 5 %% 的界限。") % {}


def _consensus(given: Data, found: Data) -> Verdict:
    value, expanded = rounded(found["value"], given.get("k", 2) * found["u"])
    out = [str(place) for place, one in enumerate(found["doe"], start=1) if abs(one["d"]) > one["U"]]
    text = _("参考值 %(value)s ± %(U)s。") % {"value": value, "U": expanded}
    if found["p"] < 0.05:
        text += _("各家结果不一致（p = %(p)s）：不确定度大概估小了，宜采用带 τ 的方法。") % {"p": figure(found["p"])}
    if out:
        return "warning", text + _("与参考值不等效的：第 %(out)s 家。") % {"out": listed(out)}
    return "ok", text + _("各家都与参考值等效。")


def _acceptance_plan(given: Data, found: Data) -> Verdict:
    if found["everything"]:
        return "warning", _("样本量不小于批量：逐件检验。")
    n, ac, re = (_listed(found[one]) for one in ("n", "ac", "re"))
    if len(n) == 1:
        return "info", _("随机抽 %(n)s 件；不合格品不超过 %(ac)s 件就接收，达到 %(re)s 件就拒收。") % {
            "n": n[0],
            "ac": ac[0],
            "re": re[0],
        }
    told = {"n1": n[0], "ac1": ac[0], "re1": re[0], "n2": n[1], "ac2": ac[1]}
    return "info", _(
        "先抽 %(n1)s 件：不合格品不超过 %(ac1)s 件就接收，达到 %(re1)s 件就拒收；"
        "否则再抽 %(n2)s 件，两次合计不超过 %(ac2)s 件才接收。"
    ) % told


def _oc(given: Data, found: Data) -> Verdict:
    points = list(zip(_listed(given["p"]), _listed(found["pa"]), strict=True))
    p, pa = points[-1]
    return "info", _("不合格品率为 %(p)s %% 的批，以 %(pa)s %% 的概率被接收。") % {
        "p": figure(round(100 * p, 4)), "pa": figure(round(100 * pa, 3)),
    }  # fmt: skip


def _net_content(given: Data, found: Data) -> Verdict:
    if found["verdict"] == "accepted":
        return "ok", _("该批净含量合格。")
    words = {
        "mean": _("平均值低于下限"), "t1": _("短缺超过 T 的件数太多"), "t2": _("有短缺超过 2T 的"),
    }  # fmt: skip
    return "danger", _("该批净含量不合格：%(why)s。") % {"why": listed(words[one] for one in found["reasons"])}


def _draw(given: Data, found: Data) -> Verdict:
    return "info", _("抽中第 %(picks)s 位。用同样的名单长度和公开数字，任何人都会得到同样的结果。") % {
        "picks": listed(map(str, found["picks"][:30])) + ("…" if len(found["picks"]) > 30 else "")
    }


def _signals(given: Data, found: Data) -> Verdict:
    strong = [one for one in found["pairs"] if one["eb05"] >= 2]
    if not strong:
        return "ok", _("没有 EB05 ≥ 2 的组合：没有需要立即核查的信号。")
    told = {"count": len(strong), "first": f"{strong[0]['product']} · {strong[0]['event']}"}
    return "warning", _("%(count)s 个组合的 EB05 ≥ 2，最强的是“%(first)s”。信号不等于因果，请核查原始报告。") % told


def _outbreak(given: Data, found: Data) -> Verdict:
    if not found["alarms"]:
        return "ok", _("没有报警：最近的计数没有超出往常。")
    return "warning", _("有 %(count)s 期超出上限，最近的是第 %(last)s 期。请核查那一期的报告。") % {
        "count": len(found["alarms"]), "last": found["alarms"][-1],
    }  # fmt: skip


def _youden(given: Data, found: Data) -> Verdict:
    if not found["outside"]:
        return "ok", _("所有实验室都在椭圆之内。")
    told = {"labs": listed(str(one + 1) for one in found["outside"])}
    if found["correlation"] > 0.7:
        return "warning", _("椭圆之外：第 %(labs)s 家。点沿对角线散开，说明实验室各有系统偏差。") % told
    return "warning", _("椭圆之外：第 %(labs)s 家。") % told


def _control_chart(given: Data, found: Data) -> Verdict:
    text = _("中心线和标准差由这些值本身估计，只能说明它们彼此是否一致。") if found["note"] else ""
    if not found["breaks"]:
        return "ok", _("受控：没有违反任何准则。") + text
    first = found["breaks"][0]
    told = {"count": len({one["place"] for one in found["breaks"]}), "place": first["place"]}
    words = _("失控：%(count)s 处违反准则，最早在第 %(place)s 个：") % told
    return "danger", words + choice_label("control_chart", "breaks.rule", first["rule"]) + (f" {text}" if text else "")


def _forensics(given: Data, found: Data) -> Verdict:
    told = []
    if "digits" in found["findings"]:
        told.append(_("末位数字的分布不像测量所得"))
    if "rounding" in found["findings"]:
        told.append(_("以 0 或 5 结尾的结果过多"))
    if found["copies"]:
        told.append(_("有 %(count)s 组完全相同的行") % {"count": len(found["copies"])})
    if told:
        return "warning", _("值得核查：%(what)s。这不是造假的证据，请对照原始记录。") % {"what": listed(told)}
    return "ok", _("没有发现可疑之处。")


def _index(given: Data, found: Data) -> Verdict:
    best = [unit for unit, rank in zip(given["units"], found["ranks"], strict=True) if rank == 1]
    text = _("居首的是%(best)s。") % {"best": listed(best)}
    stability = found.get("stability")
    if stability:
        kept = sum(stability["kept"]) / len(stability["kept"])
        text += _("换用随机的权重，名次平均有 %(kept)s %% 的机会不变。") % {"kept": figure(round(100 * kept, 1))}
        return ("ok" if kept >= 0.8 else "warning"), text
    return "info", text


_VERDICTS: dict[str, Callable[[Data, Data], Verdict]] = {
    "uncertainty": _uncertainty,
    "calibration_curve": _calibration_curve,
    "weighing": _weighing,
    "interval": _interval,
    "decision": _decision,
    "capability": _capability,
    "robust": _robust,
    "scores": _scores,
    "homogeneity": _homogeneity,
    "precision": _precision,
    "consensus": _consensus,
    "acceptance_plan": _acceptance_plan,
    "oc": _oc,
    "net_content": _net_content,
    "draw": _draw,
    "signals": _signals,
    "outbreak": _outbreak,
    "youden": _youden,
    "control_chart": _control_chart,
    "forensics": _forensics,
    "index": _index,
}
