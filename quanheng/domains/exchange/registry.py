"""The registers of technical needs and of results."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from quanheng.domains.exchange import queries
from quanheng.domains.exchange.finding import OPEN_NEEDS
from quanheng.domains.exchange.models import Offering, TechnicalNeed
from quanheng.domains.exchange.vocabulary import field_choices, field_name, fields, level_choices, level_name
from quanheng.kernel.base.errors import Invalid
from quanheng.kernel.base.html import badge, local, yuan
from quanheng.kernel.base.texts import filled, listed
from quanheng.kernel.registers.declare import Column, Filter, Register, register
from quanheng.kernel.registers.narrowing import Rows, coded, indexed, meaning, one_of
from quanheng.kernel.requirements.shown import family_choices

TONES = {"open": "ok", "in_talks": "info", "contracted": "ok", "withdrawn": "ended", "lapsed": "ended"}
ANONYMOUS = _("匿名企业")


def state_badge(row: Any) -> Any:
    """The state of a post as a badge."""
    return badge(row.get_state_display(), TONES[row.state])


def _field(rows: Rows, value: str) -> Rows:
    if value not in fields():
        sentence = _("“%(value)s”不在可选值之中：%(codes)s。")
        raise Invalid.field("field", filled(sentence, value=value[:40], codes=listed(fields())))
    return rows.filter(field=value)


def _maturity(rows: Rows, value: str) -> Rows:
    if not (value.isascii() and value.isdigit() and len(value) == 1 and value != "0"):
        raise Invalid.field("maturity", _("技术就绪水平为 1 到 9。"))
    return rows.filter(maturity__gte=int(value))


_FIELD = Filter("field", _("技术领域"), _field, field_choices, longest=20)


def _need_states(value: str) -> Q:
    return Q(state__in=OPEN_NEEDS) if value == "open" else Q(state=value)


register(
    Register(
        "technical-needs",
        title=_("企业技术需求"),
        lead=_("企业在找、本地还没有人提供的技术。有办法的机构可以直接邀请对接。"),
        path="/exchange/needs/",
        model=TechnicalNeed,
        icon="search",
        rows=queries.needs,
        template="exchange/needs.html",
        search=indexed(),
        search_label=_("标题或说明"),
        url=lambda row: f"/exchange/needs/{row.uid}/",
        # Whose it is, and no region either where it is anonymous: a field and a district can name a firm.
        sub=lambda row: local(row.organisation) if row.named else ANONYMOUS,
        columns=(
            Column("title", _("需求"), lambda row: row.title),
            Column(
                "organisation",
                _("企业"),
                lambda row: row.organisation.uid if row.named else "",
                text=lambda row: local(row.organisation) if row.named else ANONYMOUS,
                hidden=True,
            ),
            Column("field", _("技术领域"), lambda row: row.field, text=lambda row: field_name(row.field)),
            Column(
                "family",
                _("产品类别"),
                lambda row: row.family.code if row.family else "",
                text=lambda row: local(row.family) if row.family else "",
            ),
            Column(
                "budget_cents",
                _("预算"),
                lambda row: row.budget_cents,
                text=lambda row: yuan(row.budget_cents),
                kind=int,
                unit=_("元"),
                number=True,
            ),
            Column("deadline", _("希望完成"), lambda row: row.deadline, kind=date),
            Column("open_until", _("公开至"), lambda row: row.open_until, kind=date, sort="open_until", hidden=True),
            Column(
                "state", _("状态"), lambda row: row.state, text=lambda row: row.get_state_display(), show=state_badge
            ),
        ),
        filters=(
            _FIELD,
            coded("family", _("产品类别"), "family__code", family_choices),
            meaning(
                "state",
                _("状态"),
                [
                    ("open", _("征集或洽谈中")),
                    ("contracted", _("已签约")),
                    ("withdrawn", _("已撤回")),
                    ("lapsed", _("已到期")),
                ],
                _need_states,
            ),
        ),
    )
)
register(
    Register(
        "results-offered",
        title=_("科技成果与能力"),
        lead=_("科研机构、高校和技术机构可以提供的方法、仪器、标准物质、专利、软件和能力。"),
        path="/exchange/results/",
        model=Offering,
        icon="award",
        rows=queries.offerings,
        template="exchange/offerings.html",
        search=indexed(),
        search_label=_("标题、说明或编号"),
        url=lambda row: f"/exchange/results/{row.uid}/",
        sub=lambda row: local(row.organisation),
        columns=(
            Column("title", _("成果"), lambda row: row.title),
            Column(
                "organisation",
                _("机构"),
                lambda row: row.organisation.uid,
                text=lambda row: local(row.organisation),
                hidden=True,
            ),
            Column("kind", _("类型"), lambda row: row.kind, text=lambda row: row.get_kind_display()),
            Column("field", _("技术领域"), lambda row: row.field, text=lambda row: field_name(row.field)),
            Column(
                "maturity",
                _("就绪水平"),
                lambda row: row.maturity,
                text=lambda row: level_name(row.maturity).split(":")[0],
                kind=int,
                sort="maturity",
            ),
            Column("families", _("产品类别"), lambda row: row.family_codes, kind=list[str], hidden=True),
            Column("terms", _("合作方式"), lambda row: row.terms, text=lambda row: row.get_terms_display()),
            Column("identifier", _("编号"), lambda row: row.identifier, code=True, hidden=True),
            Column("open_until", _("有效至"), lambda row: row.open_until, kind=date, sort="open_until"),
            Column(
                "state", _("状态"), lambda row: row.state, text=lambda row: row.get_state_display(), show=state_badge
            ),
        ),
        filters=(
            _FIELD,
            one_of("kind", _("成果类型"), Offering.Kind.choices),
            Filter("maturity", _("就绪水平不低于"), _maturity, level_choices, longest=1),
            coded("family", _("产品类别"), "families__code", family_choices),
            one_of("terms", _("合作方式"), Offering.Terms.choices),
            one_of("state", _("状态"), Offering.State.choices),
        ),
    )
)
