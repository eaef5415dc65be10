"""The picture of each task's answer: one function a task, found by the task's name."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from statistics import NormalDist
from typing import Any

from django.utils.translation import gettext as _

from quanheng.portal.toolbox.drawing import ACCENT, BAD, BRONZE, OK, PALE, WAIT, Chart, rows_chart, span_of
from quanheng.portal.toolbox.labels import label

Data = Mapping[str, Any]
Draw = Callable[[Data, Data], list[Chart]]
# More rows than this are no picture any more.
MOST = 40


def pictures_of(task: str, given: Data, found: Data) -> list[str]:
    """The pictures of an answer as SVG."""
    return [chart.svg for chart in _PICTURES[task](given, found)]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


# --- uncertainty and calibration -----------------------------------------------------------------------------------


def _uncertainty(given: Data, found: Data) -> list[Chart]:
    charts = []
    budget = sorted(found.get("budget") or (), key=lambda one: -one["share"])[:MOST]
    if budget:
        shares = [100 * one["share"] for one in budget]
        chart = rows_chart(
            _("各输入量占不确定度的比例"),
            [one["name"] for one in budget],
            (min(0.0, *shares), max(100.0, *shares)),
            x_label="%",
        )
        for place, share in enumerate(shares):
            chart.lying(-place, 0, share, ACCENT if share >= 0 else BRONZE)
        charts.append(chart)
    simulated = found.get("monte_carlo") or {}
    histogram = simulated.get("histogram")
    if histogram:
        edges, density = histogram["edges"], histogram["density"]
        pairs = zip(edges, edges[1:], density, strict=False)
        steps = [point for a, b, high in pairs for point in ((a, high), (b, high))]
        bell = []
        if found.get("value") is not None and found.get("u"):
            bell = _bell(found["value"], found["u"], edges[0], edges[-1])
        top = max(density + [high for _at, high in bell])
        chart = Chart(
            _("蒙特卡洛得到的分布"),
            (edges[0], edges[-1]),
            (0, top * 1.25),
            x_label=label("uncertainty", "value", given=False),
        )
        chart.area(steps)
        chart.line(steps)
        chart.line(bell, BRONZE, dashed=True)
        marks = (
            (found.get("interval"), "GUM", BRONZE),
            (simulated["symmetric"], _("对称"), OK),
            (simulated["shortest"], _("最短"), WAIT),
        )
        for row, (ends, words, color) in enumerate(marks):
            for end in ends or ():
                chart.level(end, words, color, across=True, row=row)
        charts.append(chart)
    return charts


def _bell(mean: float, sd: float, low: float, high: float) -> list[tuple[float, float]]:
    normal = NormalDist(mean, sd)
    return [(x, normal.pdf(x)) for x in (low + (high - low) * step / 120 for step in range(121))]


def _calibration_curve(given: Data, found: Data) -> list[Chart]:
    x, y, coefficients = given["x"], given["y"], found["coefficients"]

    def curve(at: float) -> float:
        return float(sum(one * at**power for power, one in enumerate(coefficients)))

    across = span_of(*x)
    fitted = [(one, curve(one)) for one in (across[0] + (across[1] - across[0]) * step / 100 for step in range(101))]
    chart = Chart(_("校准曲线"), across, span_of(*y, *(one for _x, one in fitted)), x_label="x", y_label="y")
    chart.line(fitted)
    chart.dots(zip(x, y, strict=True), BRONZE)
    rests = [b - curve(a) for a, b in zip(x, y, strict=True)]
    u_y = _listed(given.get("u_y", found.get("scatter") or 0))
    u_y = u_y * len(x) if len(u_y) == 1 else u_y
    reach = max((abs(one) + 2 * u for one, u in zip(rests, u_y, strict=False)), default=1.0)
    residuals = Chart(
        _("残差（示值减曲线），竖线为 ±2u"), across, span_of(-reach, reach), x_label="x", y_label=_("残差")
    )
    residuals.level(0.0, color=PALE)
    for at, rest, u in zip(x, rests, u_y, strict=False):
        residuals.upright(at, rest - 2 * u, rest + 2 * u, BRONZE)
    residuals.dots(zip(x, rests, strict=True), BRONZE)
    return [chart, residuals]


def _weighing(given: Data, found: Data) -> list[Chart]:
    parts = [
        (label("weighing", "u_reference"), given.get("u_reference", 0)),
        (label("weighing", "u_difference"), given.get("u_difference", 0)),
        (label("weighing", "u_buoyancy", given=False), found["u_buoyancy"]),
        (label("weighing", "u", given=False), found["u"]),
    ]
    chart = rows_chart(
        _("不确定度的组成"), [name for name, _u in parts], span_of(0, *(u for _name, u in parts)), x_label="u"
    )
    for place, (_name, u) in enumerate(parts):
        chart.lying(-place, 0, u, BRONZE if place == 3 else ACCENT)
    return [chart]


def _interval(given: Data, found: Data) -> list[Chart]:
    method = given["method"].lower()
    if method == "staircase":
        return [
            _series(
                _("各次误差与最大允许误差"),
                range(1, len(given["errors"]) + 1),
                given["errors"],
                (given["mpe"], -given["mpe"]),
            )
        ]
    if method == "in_use":
        times, reads = [one[0] for one in given["log"]], [one[1] for one in given["log"]]
        return [_series(_("使用量随时间"), times, reads, (given["limit"],))]
    if method in ("control_chart", "variables"):
        name = "values" if method == "control_chart" else "changes"
        return [_series(label("interval", name), given["times"], given[name], (given.get("lower"), given.get("upper")))]
    times = given["times"] if method == "s2" else [given.get("interval", 1)]
    kept = [a / b for a, b in zip(_listed(given["in_tolerance"]), _listed(given["tested"]), strict=True)]
    chart = Chart(
        _("在允差内的比例"),
        span_of(0, *times, found["interval"]),
        (0, 1.05),
        x_label=label("interval", "times"),
        y_label=_("比例"),
    )
    if method == "a3" and found.get("low") is not None:
        chart.upright(times[0], found["low"], found.get("high") or 1.0)
    chart.dots(zip(times, kept, strict=True), radius=4.5)
    chart.level(given["target"], _("目标"), OK)
    chart.level(found["interval"], label("interval", "interval", given=False), BRONZE, across=True)
    return [chart]


def _series(title: str, x: Sequence[float], y: Sequence[float], limits: Sequence[float | None]) -> Chart:
    chart = Chart(title, span_of(*x), span_of(0, *y, *limits))
    chart.line(zip(x, y, strict=True))
    chart.dots(zip(x, y, strict=True))
    for one in limits:
        chart.level(one, "" if one is None else f"{one:g}")
    return chart


# --- decisions -----------------------------------------------------------------------------------------------------


def _decision(given: Data, found: Data) -> list[Chart]:
    value, u = given["value"], given["u"] or 1e-12
    lower, upper = given.get("lower"), given.get("upper")
    accept = found.get("acceptance_lower"), found.get("acceptance_upper")
    across = span_of(value - 4 * u, value + 4 * u, lower, upper, *accept)
    bell = _bell(value, u, *across)
    chart = Chart(_("测得值的分布、允差和接受区"), across, (0, max(one for _x, one in bell) * 1.1), y_ticks=False)
    if found["acceptance_possible"]:
        chart.band(
            across[0] if accept[0] is None else accept[0], across[1] if accept[1] is None else accept[1], across=True
        )
    outside = [(x, y) for x, y in bell if (lower is not None and x < lower)]
    chart.area(outside, BAD)
    chart.area([(x, y) for x, y in bell if (upper is not None and x > upper)], BAD)
    chart.area([(x, y) for x, y in bell if (lower is None or x >= lower) and (upper is None or x <= upper)])
    chart.line(bell)
    for at, words, color in (
        (lower, _("下限"), BAD),
        (upper, _("上限"), BAD),
        (accept[0], _("接受下限"), OK),
        (accept[1], _("接受上限"), OK),
    ):
        if color == BAD or at not in (lower, upper):
            chart.level(at, words, color, across=True)
    chart.dots([(value, 0)], BRONZE, 5)
    return [chart]


def _capability(given: Data, found: Data) -> list[Chart]:
    mean, sd = found["mean"], found["sd"]
    across = span_of(mean - 4 * sd, mean + 4 * sd, given.get("lower"), given.get("upper"), *given.get("values", ()))
    bell = _bell(mean, sd or 1e-12, *across)
    high = max(one for _x, one in bell) * 1.1
    chart = Chart(_("过程的分布与公差"), across, (0, high), y_ticks=False)
    chart.area(bell)
    chart.line(bell)
    chart.dots(((one, high * 0.02) for one in given.get("values", ())[:2000]), BRONZE, 2.5)
    chart.level(given.get("lower"), _("下限"), across=True)
    chart.level(given.get("upper"), _("上限"), across=True)
    chart.level(given.get("target"), _("目标值"), OK, across=True)
    return [chart]


# --- comparisons of laboratories -----------------------------------------------------------------------------------


def _robust(given: Data, found: Data) -> list[Chart]:
    x, scale = sorted(given["x"]), found["scale"]
    wide = 0.9 * (scale or (x[-1] - x[0]) or 1.0) * len(x) ** -0.2
    across = span_of(x[0] - 3 * wide, x[-1] + 3 * wide, margin=0)
    some = x if len(x) <= 500 else [x[len(x) * place // 500] for place in range(500)]
    kernel = NormalDist(0, wide)
    density = [
        (at, sum(kernel.pdf(at - one) for one in some) / len(some))
        for at in (across[0] + (across[1] - across[0]) * step / 160 for step in range(161))
    ]
    high = max(one for _at, one in density) * 1.12
    chart = Chart(_("结果的核密度"), across, (0, high), y_ticks=False)
    chart.band(found["location"] - scale, found["location"] + scale, across=True)
    chart.area(density)
    chart.line(density)
    chart.dots(((one, high * 0.02) for one in some), BRONZE, 2.5)
    chart.level(found["location"], label("robust", "location", given=False), OK, across=True)
    return [chart]


def _scores(given: Data, found: Data) -> list[Chart]:
    z = _listed(found["z"])
    if len(z) == 1:
        scores = {one: _listed(found.get(one))[0] for one in ("z", "z_prime", "zeta", "en")}
        there = {label("scores", one, given=False): score for one, score in scores.items() if score is not None}
        chart = rows_chart(_("评分"), list(there), span_of(-3.5, 3.5, *there.values()))
        for place, score in enumerate(there.values()):
            chart.lying(-place, 0, score, _alarm(score))
        for limit in (-3, -2, 2, 3):
            chart.level(limit, color=BAD if abs(limit) == 3 else WAIT, across=True)
        return [chart]
    order = sorted(range(len(z)), key=lambda place: (z[place] is None, z[place] or 0))
    chart = Chart(
        _("z 评分，从小到大"),
        (0, len(z) + 1),
        span_of(-3.5, 3.5, *(one for one in z)),
        x_label=_("实验室"),
        y_label="z",
        x_ticks=False,
    )
    for at, place in enumerate(order, start=1):
        if z[place] is not None:
            chart.bar(at, 0, z[place], _alarm(z[place]), max(1.0, min(16.0, 420 / len(z))))
            if len(z) <= MOST:
                chart.text(
                    chart.across(at), chart.up(0) + (14 if z[place] > 0 else -5), str(place + 1), "middle", size=10
                )
    for limit in (-3, -2, 2, 3):
        chart.level(limit, f"{limit}", BAD if abs(limit) == 3 else WAIT)
    return [chart]


def _alarm(score: float) -> str:
    return BAD if abs(score) >= 3 else WAIT if abs(score) > 2 else ACCENT


def _homogeneity(given: Data, found: Data) -> list[Chart]:
    data = given["data"]
    chart = Chart(
        _("各样品的重复结果"), (0, len(data) + 1), span_of(*(one for row in data for one in row)), x_label=_("样品")
    )
    chart.band(found["mean"] - found["criterion"], found["mean"] + found["criterion"])
    chart.level(found["mean"], _("平均值"), OK)
    for place, row in enumerate(data, start=1):
        chart.upright(place, min(row), max(row))
        chart.dots(((place, one) for one in row), BRONZE, 3)
    return [chart]


def _precision(given: Data, found: Data) -> list[Chart]:
    charts = []
    for name, limit in (("h", "h_limit5"), ("k", "k_limit5")):
        levels = found["levels"]
        labs = list(dict.fromkeys(lab for level in levels for lab in level[name]))
        reach = [one for level in levels for one in level[name].values()] + [level.get(limit) for level in levels]
        chart = Chart(
            label("precision", f"levels.{name}", given=False),
            (0, len(labs) + 1),
            span_of(0, *reach, *([-2.0, 2.0] if name == "h" else [])),
            x_label=label("precision", "data.lab"),
            x_ticks=False,
        )
        wide = min(14.0, 440 / (len(labs) * max(len(levels), 1)))
        for order, level in enumerate(levels):
            shift = (order - (len(levels) - 1) / 2) * wide / 560 * (len(labs) + 1)
            for place, lab in enumerate(labs, start=1):
                value = level[name].get(lab)
                if value is not None:
                    over = level.get(limit) is not None and abs(value) > level[limit]
                    chart.bar(place + shift, 0, value, BAD if over else ACCENT, max(wide - 1, 1))
        if len(labs) <= MOST:
            for place, lab in enumerate(labs, start=1):
                chart.text(chart.across(place), chart.height - 30, str(lab)[:6], "middle", size=10)
        bounds = {level[limit] for level in levels if level.get(limit) is not None}
        if len(bounds) == 1:
            bound = bounds.pop()
            chart.level(bound, "5 %")
            if name == "h":
                chart.level(-bound)
        charts.append(chart)
    return charts


def _consensus(given: Data, found: Data) -> list[Chart]:
    x, u, k = given["x"], given["u"], given.get("k", 2)
    order = sorted(range(len(x)), key=lambda place: x[place])[:MOST]
    value, wide = found["value"], k * found["u"]
    names = [_("实验室 %(number)s") % {"number": place + 1} for place in order]
    reach = [end for place in order for end in (x[place] - k * u[place], x[place] + k * u[place])]
    chart = rows_chart(_("各家结果（±U）与参考值"), names, span_of(*reach, value - wide, value + wide))
    chart.band(value - wide, value + wide, across=True)
    chart.level(value, color=OK, across=True)
    for row, place in enumerate(order):
        out = abs(found["doe"][place]["d"]) > found["doe"][place]["U"]
        color = BAD if out else ACCENT if place in found["used"] else PALE
        chart.whisker(-row, x[place] - k * u[place], x[place] + k * u[place], color)
        chart.dots([(x[place], -row)], color)
    return [chart]


def _youden(given: Data, found: Data) -> list[Chart]:
    a, b = given["first"], given["second"]
    (x, y), (major, minor), tilt = found["centre"], found["axes"], found["tilt"]
    turns = [2 * math.pi * step / 90 for step in range(91)]
    ellipse = [
        (
            x + major * math.cos(turn) * math.cos(tilt) - minor * math.sin(turn) * math.sin(tilt),
            y + major * math.cos(turn) * math.sin(tilt) + minor * math.sin(turn) * math.cos(tilt),
        )
        for turn in turns
    ]
    chart = Chart(
        _("尧敦图：每点一家实验室"),
        span_of(*a, *(one for one, _y in ellipse)),
        span_of(*b, *(one for _x, one in ellipse)),
        x_label=label("youden", "first"),
        y_label=label("youden", "second"),
        height=420,
    )
    chart.level(x, color=PALE, across=True)
    chart.level(y, color=PALE)
    chart.line(ellipse, OK)
    outside = set(found["outside"])
    for place, point in enumerate(zip(a, b, strict=True)):
        chart.dots([point], BAD if place in outside else ACCENT)
        if len(a) <= MOST:
            chart.text(chart.across(point[0]) + 5, chart.up(point[1]) - 5, str(place + 1), size=10)
    return [chart]


# --- sampling ------------------------------------------------------------------------------------------------------


def _acceptance_plan(given: Data, found: Data) -> list[Chart]:
    chart = _curve([(one["p"], one["pa"]) for one in found["oc"]])
    chart.level(given["aql"] / 100, "AQL", OK, across=True)
    return [chart]


def _oc(given: Data, found: Data) -> list[Chart]:
    points = sorted(zip(_listed(given["p"]), _listed(found["pa"]), strict=True))
    chart = _curve(points)
    chart.dots(points, BRONZE)
    return [chart]


def _curve(points: list[tuple[float, float]]) -> Chart:
    chart = Chart(
        _("抽样特性曲线"),
        span_of(0, *(p for p, _pa in points), margin=0.02),
        (0, 1.02),
        x_label=label("oc", "p"),
        y_label="Pa",
    )
    chart.line(points)
    return chart


def _net_content(given: Data, found: Data) -> list[Chart]:
    x, nominal, t = given["x"], given["nominal"], found["t"]
    lowest = nominal - 2 * t
    chart = Chart(
        _("实际含量"), (0, len(x) + 1), span_of(*x, nominal, lowest), x_label=_("样品"), y_label=given["unit"]
    )
    chart.level(nominal, _("标注净含量"), OK)
    chart.level(nominal - t, "− T", WAIT)
    chart.level(lowest, "− 2T", BAD)
    chart.level(found.get("limit"), _("平均值的下限"), BRONZE)
    for color, low, high in ((ACCENT, nominal - t, math.inf), (WAIT, lowest, nominal - t), (BAD, -math.inf, lowest)):
        chart.dots(((place, one) for place, one in enumerate(x, start=1) if low <= one < high), color)
    chart.level(found["mean"], _("平均值"), ACCENT)
    return [chart]


def _draw(given: Data, found: Data) -> list[Chart]:
    pool = found["pool"]
    chart = Chart(
        _("抽中的位置，按抽取的先后"),
        (0, pool + 1),
        span_of(0, len(found["picks"])),
        x_label=_("名单中的位置"),
        y_label=_("第几次抽取"),
        height=220,
    )
    chart.dots(((place, order) for order, place in enumerate(found["picks"][:2000], start=1)), BRONZE)
    return [chart]


# --- surveillance and indices --------------------------------------------------------------------------------------


def _signals(given: Data, found: Data) -> list[Chart]:
    pairs = found["pairs"][:20]
    if not pairs:
        return []
    reach = [max(one["eb05"], 1e-3) for one in pairs] + [one["eb95"] for one in pairs] + [1.0]
    chart = rows_chart(
        _("EBGM 与 EB05 至 EB95"),
        [f"{one['product']} · {one['event']}" for one in pairs],
        (min(reach) * 0.8, max(reach) * 1.25),
        log=True,
    )
    chart.level(1.0, color=PALE, across=True)
    chart.level(2.0, "2", BAD, across=True)
    for row, one in enumerate(pairs):
        color = BAD if one["eb05"] >= 2 else ACCENT
        chart.whisker(-row, max(one["eb05"], 1e-3), one["eb95"], color)
        chart.dots([(one["ebgm"], -row)], color)
    return [chart]


def _outbreak(given: Data, found: Data) -> list[Chart]:
    counts, upper = given["counts"], found["upper"]
    first = max(0, len(counts) - 260)
    places = range(first + 1, len(counts) + 1)
    bound = list(upper) + [None] * len(counts) if len(upper) < len(counts) else upper
    chart = Chart(
        _("各期计数与上限"),
        (first, len(counts) + 1),
        span_of(0, *counts[first:], *bound[first : len(counts)]),
        x_label=_("期"),
    )
    wide = max(1.0, min(14.0, 480 / max(len(places), 1)))
    alarms = set(found["alarms"])
    for place in places:
        chart.bar(place, 0, counts[place - 1], BAD if place in alarms else ACCENT, wide)
    watched = [(place, bound[place - 1]) for place in places if bound[place - 1] is not None]
    chart.line(watched, WAIT)
    if len(watched) == 1:
        chart.dots(watched, WAIT)
    return [chart]


def _control_chart(given: Data, found: Data) -> list[Chart]:
    values, centre, sigma = given["values"], found["centre"], found["sigma"]
    first = max(0, len(values) - 260)
    places = range(first + 1, len(values) + 1)
    broken = {one["place"] for one in found["breaks"]}
    limits = [centre + many * sigma for many in (-3, 3)]
    chart = Chart(_("各次的值与控制限"), (first, len(values) + 1), span_of(*values[first:], *limits), x_label=_("次序"))
    chart.level(centre, label("control_chart", "centre"), OK)
    chart.line([(place, values[place - 1]) for place in places])
    chart.dots(((place, values[place - 1]) for place in places if place not in broken), radius=3)
    chart.dots(((place, values[place - 1]) for place in places if place in broken), BAD, 4.5)
    for limit in limits:
        chart.level(limit, "3σ")
    if not found["line"]:
        return [chart]
    line, below, above = (found[one][first:] for one in ("line", "below", "above"))
    downwards = [-one for one in below] if not above else below
    title = label("control_chart", "line", given=False)
    beside = Chart(
        title, (first, len(values) + 1), span_of(0 if not above else None, *line, *downwards, *above), x_label=_("次序")
    )
    beside.line(zip(places, line, strict=True))
    beside.line(zip(places, downwards, strict=True), WAIT if above else BRONZE, dashed=bool(above))
    if above:
        beside.line(zip(places, above, strict=True), WAIT, dashed=True)
    return [chart, beside]


def _forensics(given: Data, found: Data) -> list[Chart]:
    counts = found["digits"]
    if not counts:
        return []
    total = sum(counts)
    chart = Chart(_("末位数字的次数"), (-0.7, 9.7), (0, max(counts) * 1.15), x_label=_("末位数字"), x_ticks=False)
    for digit, count in enumerate(counts):
        chart.bar(digit, 0, count, ACCENT, 34)
        chart.text(chart.across(digit), chart.height - 30, str(digit), "middle")
    chart.level(total / 10, _("均等时"), BAD)
    return [chart]


def _index(given: Data, found: Data) -> list[Chart]:
    ranks, stability = found["ranks"], found.get("stability")
    order = sorted(range(len(ranks)), key=lambda place: ranks[place])[:MOST]
    names = [given["units"][place] for place in order]
    chart = rows_chart(_("名次及其范围"), names, (0.5, len(ranks) + 0.5), x_label=label("index", "ranks", given=False))
    for row, place in enumerate(order):
        if stability:
            chart.whisker(-row, stability["low"][place], stability["high"][place], PALE)
        chart.dots([(ranks[place], -row)], radius=4.5)
    return [chart]


_PICTURES: dict[str, Draw] = {
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
