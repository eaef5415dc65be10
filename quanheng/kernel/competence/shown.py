"""Recognitions and scope lines as pages show them: ranges and uncertainties typeset, validity as word and shape."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.competence.models import Recognition, ScopeLine
from quanheng.science.errors import ScienceError
from quanheng.science.quantities import decimal_text, with_unit
from quanheng.science.uncertainty import Formula, parse_formula
from quanheng.science.uncertainty.formula import Linear

SOON = timedelta(days=60)

_STATES: dict[str, tuple[Any, str]] = {
    "suspended": (_("暂停"), "wait"),
    "withdrawn": (_("撤销"), "bad"),
    "cancelled": (_("注销"), "ended"),
}


def language() -> str:
    """``en`` or ``zh``, as the science modules name them."""
    return "en" if (get_language() or "").startswith("en") else "zh"


def standing(recognition: Recognition, day: date) -> tuple[Any, str]:
    """How a recognition stands on a day: its word and the tone of its badge."""
    if recognition.state in _STATES:
        return _STATES[recognition.state]
    if recognition.valid_until < day:
        return _("过期"), "ended"
    if recognition.valid_from > day:
        return _("尚未生效"), "wait"
    return (_("即将到期"), "wait") if recognition.valid_until - day <= SOON else (_("有效"), "ok")


def line_standing(line: ScopeLine, day: date) -> tuple[Any, str]:
    """How a line stands on a day: as its recognition does, unless it has ended before that."""
    word, tone = standing(line.recognition, day)
    if tone in ("ok", "wait") and line.valid_until < day:
        return _("过期"), "ended"
    return word, tone


def line_row(line: ScopeLine, day: date) -> dict[str, Any]:
    """A line of ``queries.scope_lines`` for a list or its page."""
    word, tone = line_standing(line, day)
    over = line.range()
    return {
        "row": line,
        "range": over.text(language()) if over else "",
        "uncertainty": uncertainty_text(line),
        "word": word,
        "tone": tone,
        "outdated": line.outdated(day),
    }


def formula_of(line: ScopeLine) -> Formula | None:
    """The line's uncertainty as a formula; None where it states none, or one that is no longer readable."""
    if not line.uncertainty:
        return None
    try:
        return parse_formula(line.uncertainty, line.unit)
    except ScienceError:
        return None


def uncertainty_text(line: ScopeLine) -> str:
    """``0.05 mV + 0.0012 x, k = 2``: on one line, for lists."""
    formula = formula_of(line)
    text = formula.text(language()) if formula else line.uncertainty
    return f"{text}, k = {line.k}" if text and line.k else text


def math(formula: Formula) -> SafeString:
    """The formula as MathML: a sum, or the root of a sum of squares."""
    parts = [_linear(part, formula) for part in formula.parts]
    if len(parts) == 1:
        inside = parts[0]
    else:
        squares = format_html_join(
            format_html("<mo>+</mo>"),
            "<msup><mrow><mo>(</mo>{}<mo>)</mo></mrow><mn>2</mn></msup>",
            ((part,) for part in parts),
        )
        inside = format_html("<msqrt>{}</msqrt>", squares)
    return format_html('<math display="inline"><mi>U</mi><mo>=</mo>{}</math>', inside)


def _linear(part: Linear, formula: Formula) -> SafeString:
    terms = []
    if part.constant or not part.slope:
        shown = with_unit(decimal_text(part.constant), formula.unit, language())
        terms.append(format_html("<mtext>{}</mtext>", shown))
    if part.slope:
        terms.append(format_html("<mn>{}</mn><mo>&#8290;</mo><mi>x</mi>", decimal_text(part.slope)))
    return format_html("<mrow>{}</mrow>", format_html_join(format_html("<mo>+</mo>"), "{}", ((one,) for one in terms)))


def examples(line: ScopeLine, formula: Formula) -> list[tuple[str, str]]:
    """U at both ends and the middle of the range, as (value, U): what the formula comes to."""
    lower, upper = (Decimal(end) if end else None for end in (line.range_lower, line.range_upper))
    if lower is None or upper is None:
        return []
    found = []
    for value in sorted({lower, (lower + upper) / 2, upper}):
        try:
            spread = Decimal(f"{formula.at(value, line.unit):.2g}")
        except ScienceError:
            continue
        told = ((value, line.unit), (spread, formula.unit))
        value_text, spread_text = (with_unit(decimal_text(number), unit, language()) for number, unit in told)
        found.append((value_text, spread_text))
    return found
