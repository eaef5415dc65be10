"""Whether recent counts are more than the past explains."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from quanheng.science.task import Task, TaskRefused, array, choice, integer, number, optional, record

_METHODS = ("ears_c1", "ears_c2", "ears_c3", "farrington", "farrington_flexible")
_TAKES = record(
    {
        "counts": array(number(minimum=0), "One count for each period, the earliest first", most=20_000),
        "start": array(integer(), "Year and period of the first count", least=2, most=2),
        "frequency": integer("Periods in a year", minimum=1, maximum=400, default=52),
        "method": choice(*_METHODS, default="farrington_flexible"),
        "options": record(
            {
                "alpha": number("Error probability", above=0, exclusiveMaximum=1),
                "from": integer("First watched place, from 1", minimum=1),
                "to": integer("Last watched place", minimum=1),
                "years": integer("Years back (Farrington)", minimum=1, maximum=30),
                "half_width": integer("Periods before and after the same one of earlier years", maximum=26),
                "few": integer("Least cases in recent periods for an alarm"),
                "recent": integer("Those periods", minimum=1, maximum=52),
                "skipped": integer("Latest periods left out of the past", maximum=400),
                "periods": integer("Parts of the year; 1: only the same periods", minimum=1, maximum=52),
                "threshold": number("Residual from which the past is weighted down", above=0),
                "trend_p": number("p below which a trend is believed; 1: always", above=0, maximum=1),
            }
        ),
    },
    needs=("counts",),
)
_GIVES = record(
    {
        "alarms": array(integer(minimum=1), "Places from 1 at which the count exceeds its bound", least=0),
        "upper": array(optional(number()), "The bound of each place; null where it is not watched"),
        "when": array(
            array(integer(), least=2, most=2), "Year and period of each alarm, where start is given", least=0
        ),
    }
)


def _run(data: dict[str, Any]) -> dict[str, Any]:
    from quanheng.science.signals.outbreak import FLEXIBLE, ORIGINAL, ears, farrington

    counts, method = data["counts"], data.get("method", "farrington_flexible")
    options = dict(data.get("options", {}))
    frequency = data.get("frequency", 52)
    first, last = options.pop("from", None), options.pop("to", None)
    if method.startswith("ears"):
        if other := set(options) - {"alpha"}:
            name = f"options.{sorted(other)[0]}"
            raise TaskRefused(f"EARS 没有“{name}”这一选项", f"EARS has no '{name}'", name)
        found = ears(counts, method.removeprefix("ears_"), options.get("alpha"))
    else:
        setting = replace(FLEXIBLE if method == "farrington_flexible" else ORIGINAL, **options)
        places = None
        if first or last:
            begin = first or setting.years * frequency + setting.half_width + 1
            places = (begin - 1, last or len(counts))
        found = farrington(counts, frequency, setting, places)
    upper = found.upper.tolist()
    if first or last:
        begin, end = first or 1, last or len(counts)
        upper = [one if begin <= place <= end else None for place, one in enumerate(upper, 1)]
    alarms = [one + 1 for one in found.alarms if upper[one] is not None]
    year, period = data.get("start") or (0, 1)
    when = [[year + (period + one - 2) // frequency, (period + one - 2) % frequency + 1] for one in alarms]
    return {"alarms": alarms, "upper": upper, "when": when if "start" in data else []}


TASK = Task(
    "outbreak",
    "异常增多预警",
    "early warning in a series of counts",
    "Hutwagner 2003 (EARS); Farrington 1996; Noufaily 2013",
    _TAKES,
    _GIVES,
    {"counts": [2, 3, 1, 4, 2, 3, 2, 3, 2, 4, 11, 3], "method": "ears_c1", "start": [2026, 1], "frequency": 52},
    _run,
)
