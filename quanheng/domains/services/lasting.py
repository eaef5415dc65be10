"""How long an order takes beside its work, and whether a competence lasts until its report is out."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.texts import Sentence, Told
from quanheng.kernel.cases import running
from quanheng.kernel.competence.models import ScopeLine

# What an order needs besides its work: to be accepted, reviewed, signed and handed over, each at the latest.
HANDLING = ("one_stop.order_acceptance", "one_stop.review", "one_stop.decision", "one_stop.delivery")
_LINE = Sentence(_("能力有效期至 %(until)s，早于预计出报告的 %(ready)s"))
_RECOGNITION = Sentence(_("资质有效期至 %(until)s，早于预计出报告的 %(ready)s"))
_METHOD = Sentence(_("方法 %(number)s 自 %(until)s 起不再有效，早于预计出报告的 %(ready)s"))


def handling(day: date) -> int:
    """Working days that an order takes beside its work, by the rules in force on a day."""
    return running.edition().days_of(HANDLING, day)


def waiting(day: date) -> dict[str, int]:
    """Working days until an order is accepted, and then until its samples are delivered, each at the latest."""
    edition = running.edition()
    accept, samples = (edition.days_of((f"one_stop.{key}",), day) for key in ("order_acceptance", "sample_delivery"))
    return {"accept": accept, "samples": samples}


class Lasting:
    """Holds competences against the day on which an order placed on ``day`` would have its report out."""

    def __init__(self, day: date) -> None:
        edition = running.edition()
        self._day, self._handling, self._calendar = day, edition.days_of(HANDLING, day), edition.days
        self._ready: dict[int, date] = {}

    def ready(self, days: int) -> date:
        """The last day of an order with so many working days of work."""
        if days not in self._ready:
            self._ready[days] = self._calendar.add_workdays(self._day, days + self._handling)
        return self._ready[days]

    def ends_early(self, line: ScopeLine, days: int) -> Told | None:
        """Why a competence valid today does not last until work of so many days is out; None where it does.

        The line's relations are fetched.
        """
        ready, recognition, method = self.ready(days), line.recognition, line.method
        if line.valid_until < ready:
            return _LINE.told(until=line.valid_until, ready=ready)
        if recognition.valid_until < ready:
            return _RECOGNITION.told(until=recognition.valid_until, ready=ready)
        if ended := method.ended_on(ready):
            return _METHOD.told(number=method.number, until=ended, ready=ready)
        return None
