"""Charts as SVG: a frame with axes, and marks in it. Plain enough to print, to read aloud and to set into a PDF."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape

INK, PALE, LINE = "#1a2226", "#60696c", "#e3ded2"
ACCENT, BRONZE, OK, BAD, WAIT = "#0c5560", "#8a5d1f", "#1d6643", "#a12a21", "#83560a"
WIDTH, HEIGHT = 640, 300
_FONT = 'font-family="Noto Sans SC, sans-serif"'
Span = tuple[float, float]


def short(value: float) -> str:
    """A number for an axis or a mark: four digits."""
    text = f"{value:.4g}"
    return text.replace("-", "−") if not text.startswith("-0") or float(text) else "0"


def span_of(*values: float | None, margin: float = 0.05) -> Span:
    """The range of some values (those that are None or infinite do not count), with a margin."""
    finite = [one for one in values if one is not None and math.isfinite(one)]
    low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
    wide = (high - low) or abs(high) * 0.1 or 1.0
    return low - margin * wide, high + margin * wide


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers in a range."""
    raw = (high - low) / most
    if not raw > 0:
        return [low]
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(one * power for one in (1, 2, 5, 10) if one * power >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [place * step for place in range(first, math.floor(high / step + 1e-9) + 1)]


class Chart:
    """A frame of two linear axes (``log``: x is logarithmic). Marks that lie outside are left out or cut."""

    def __init__(
        self, title: str, x: Span, y: Span, *, x_label: str = "", y_label: str = "", height: int = HEIGHT,
        left: int = 64, log: bool = False, y_ticks: bool = True, x_ticks: bool = True,
    ) -> None:  # fmt: skip
        self.title, self.height, self.left, self.log = title, height, left, log
        self.x, self.y = ((math.log10(x[0]), math.log10(x[1])) if log else x), y
        self.top, self.right, self.bottom = 14, 16, 46 if x_label else 30
        self._parts: list[str] = []
        self._named_at: list[float] = []
        self._frame(x_label, y_label, y_ticks=y_ticks, x_ticks=x_ticks)

    def across(self, value: float) -> float:
        """Where a value of x is drawn."""
        place = math.log10(max(value, 1e-300)) if self.log else value
        share = (place - self.x[0]) / ((self.x[1] - self.x[0]) or 1.0)
        return self.left + min(max(share, -0.02), 1.02) * (WIDTH - self.left - self.right)

    def up(self, value: float) -> float:
        """Where a value of y is drawn."""
        share = (value - self.y[0]) / ((self.y[1] - self.y[0]) or 1.0)
        return self.height - self.bottom - min(max(share, -0.02), 1.02) * (self.height - self.top - self.bottom)

    def _frame(self, x_label: str, y_label: str, *, y_ticks: bool, x_ticks: bool) -> None:
        floor, end = self.height - self.bottom, WIDTH - self.right
        if x_ticks:
            places = [10.0**one for one in range(math.ceil(self.x[0]), math.floor(self.x[1]) + 1)] if self.log else []
            for value in places or ([10**one for one in ticks(*self.x, 4)] if self.log else ticks(*self.x)):
                at = self.across(value)
                self._path(f"M{at:.1f} {self.top}V{floor}", LINE, 1)
                self.text(at, floor + 16, short(value), "middle")
        for value in ticks(*self.y, 5) if y_ticks else ():
            at = self.up(value)
            self._path(f"M{self.left} {at:.1f}H{end}", LINE, 1)
            self.text(self.left - 6, at + 4, short(value), "end")
        self._path(f"M{self.left} {floor}H{end}", PALE, 1)
        if x_label:
            self.text((self.left + end) / 2, self.height - 8, x_label, "middle")
        if y_label:
            self.text(self.left, self.top - 2, y_label, "start")

    def text(self, x: float, y: float, words: str, anchor: str = "start", color: str = PALE, size: int = 12) -> None:
        """Words at a place of the picture (not of the axes)."""
        place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
        self._parts.append(f'<text {place} font-size="{size}" fill="{color}">{escape(words)}</text>')

    def _path(self, path: str, color: str, width: float = 1.6, *, dashed: bool = False) -> None:
        dash = ' stroke-dasharray="5 4"' if dashed else ""
        self._parts.append(f'<path d="{path}" stroke="{color}" stroke-width="{width}" fill="none"{dash}/>')

    def _box(self, x: Span, y: Span, color: str, opacity: float = 1.0) -> None:
        """A box between two places of the picture; at least a pixel each way."""
        (left, right), (top, bottom) = sorted(x), sorted(y)
        size = f'width="{max(right - left, 1):.1f}" height="{max(bottom - top, 1):.1f}"'
        self._parts.append(f'<rect x="{left:.1f}" y="{top:.1f}" {size} fill="{color}" fill-opacity="{opacity}"/>')

    def line(self, points: Iterable[tuple[float, float]], color: str = ACCENT, *, dashed: bool = False) -> None:
        """A line through points of the axes."""
        if path := self._through(points):
            self._path(f"M{path}", color, 1.8, dashed=dashed)

    def _through(self, points: Iterable[tuple[float, float]]) -> str:
        return "L".join(f"{self.across(x):.1f} {self.up(y):.1f}" for x, y in points)

    def area(self, points: Sequence[tuple[float, float]], color: str = ACCENT) -> None:
        """What lies between points and the floor."""
        if points:
            floor = self.y[0]
            path = self._through([(points[0][0], floor), *points, (points[-1][0], floor)])
            self._parts.append(f'<path d="M{path}Z" fill="{color}" fill-opacity="0.16"/>')

    def band(self, low: float, high: float, color: str = OK, *, across: bool = False) -> None:
        """A band between two values of y (``across``: of x)."""
        wide: Span = self.left, WIDTH - self.right
        tall: Span = self.top, self.height - self.bottom
        if across:
            wide = self.across(low), self.across(high)
        else:
            tall = self.up(low), self.up(high)
        self._box(wide, tall, color, 0.1)

    def level(
        self, value: float | None, words: str = "", color: str = BAD, *, across: bool = False, row: int = 0
    ) -> None:
        """A dashed line at a value of y (``across``: of x) with its name, in a further ``row`` where names would meet;
        nothing where there is no value."""
        if value is None or not math.isfinite(value):
            return
        if across:
            at = self.across(value)
            self._path(f"M{at:.1f} {self.top}V{self.height - self.bottom}", color, 1, dashed=True)
            near = at > WIDTH - 120
            self.text(at + (-4 if near else 4), self.top + 10 + 14 * row, words, "end" if near else "start", color)
        else:
            at = self.up(value)
            self._path(f"M{self.left} {at:.1f}H{WIDTH - self.right}", color, 1, dashed=True)
            # Names of levels that lie close stand side by side.
            beside = sum(abs(at - other) < 14 for other in self._named_at) if words else 0
            self._named_at += [at] if words else []
            self.text(WIDTH - self.right - 2 - 96 * beside, at - 4, words, "end", color)

    def dots(self, points: Iterable[tuple[float, float]], color: str = ACCENT, radius: float = 3.5) -> None:
        """Points of the axes."""
        self._parts += [
            f'<circle cx="{self.across(x):.1f}" cy="{self.up(y):.1f}" r="{radius}" fill="{color}"/>' for x, y in points
        ]

    def bar(self, x: float, low: float, high: float, color: str = ACCENT, width: float = 10) -> None:
        """An upright bar at x from ``low`` to ``high``."""
        at = self.across(x)
        self._box((at - width / 2, at + width / 2), (self.up(low), self.up(high)), color)

    def lying(self, y: float, low: float, high: float, color: str = ACCENT, thick: float = 14) -> None:
        """A lying bar at y from ``low`` to ``high``."""
        at = self.up(y)
        self._box((self.across(low), self.across(high)), (at - thick / 2, at + thick / 2), color)

    def whisker(self, y: float, low: float, high: float, color: str = ACCENT) -> None:
        """A lying bar with ends at y."""
        at, a, b = self.up(y), self.across(low), self.across(high)
        self._path(f"M{a:.1f} {at:.1f}H{b:.1f}M{a:.1f} {at - 4:.1f}v8M{b:.1f} {at - 4:.1f}v8", color)

    def upright(self, x: float, low: float, high: float, color: str = ACCENT) -> None:
        """A standing bar with ends at x."""
        at, a, b = self.across(x), self.up(low), self.up(high)
        self._path(f"M{at:.1f} {a:.1f}V{b:.1f}M{at - 4:.1f} {a:.1f}h8M{at - 4:.1f} {b:.1f}h8", color)

    def named(self, y: float, words: str) -> None:
        """The name of a row, left of the axis."""
        shown = words if len(words) <= 18 else f"{words[:17]}…"
        self.text(self.left - 8, self.up(y) + 4, shown, "end", INK)

    @property
    def svg(self) -> str:
        """The picture, its title for those who do not see it."""
        size = f'viewBox="0 0 {WIDTH} {self.height}" width="{WIDTH}" height="{self.height}"'
        head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{escape(self.title)}" {_FONT}>'
        return f"{head}{''.join(self._parts)}</svg>"


def rows_chart(title: str, names: Sequence[str], x: Span, *, x_label: str = "", log: bool = False) -> Chart:
    """A chart of named rows, the first on top: row i lies at y = −i."""
    longest = max((len(one) for one in names), default=4)
    wide = max((sum(2 if ord(sign) > 0x2E80 else 1 for sign in one[:18]) for one in names), default=4) if longest else 4
    chart = Chart(
        title, x, (-len(names) + 0.4, 0.6), x_label=x_label, height=60 + 26 * max(len(names), 1),
        left=min(max(24 + 7 * wide, 60), 240), log=log, y_ticks=False,
    )  # fmt: skip
    for place, name in enumerate(names):
        chart.named(-place, name)
    return chart
