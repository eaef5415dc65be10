"""Posts and contacts as people read them."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from quanheng.domains.exchange.models import Contact, Offering, Posting, TechnicalNeed
from quanheng.domains.exchange.vocabulary import field_name, level_name
from quanheng.kernel.base.html import local, moment, yuan
from quanheng.kernel.cases.head import badge_of


def kept_range(post: Posting) -> str:
    """The range and the uncertainty of a post in one line; "" where it states none."""
    if not post.dimension:
        return ""
    if post.lower and post.upper:
        text = f"{post.lower}～{post.upper} {post.unit}"
    else:
        text = f"≥ {post.lower} {post.unit}" if post.lower else f"≤ {post.upper} {post.unit}"
    return f"{text}, U = {post.uncertainty} (k = 2)" if post.uncertainty else text


def facts_of(post: TechnicalNeed | Offering) -> list[tuple[Any, Any]]:
    """What a post states besides its words, for ``components/facts.html``."""
    found: list[tuple[Any, Any]] = [(_("技术领域"), field_name(post.field))]
    if isinstance(post, Offering):
        found += [
            (_("类型"), post.get_kind_display()),
            (_("技术就绪水平"), level_name(post.maturity)),
            (_("合作方式"), post.get_terms_display()),
            (_("专利号或标准号"), post.identifier),
            (_("产品类别"), ", ".join(local(one) for one in post.families.all())),
            (_("价格"), _("%(yuan)s 元") % {"yuan": yuan(post.price_cents)} if post.price_cents else ""),
        ]
    else:
        found += [
            (_("产品类别"), local(post.family)),
            (_("预算"), _("%(yuan)s 元") % {"yuan": yuan(post.budget_cents)} if post.budget_cents else ""),
            (_("希望完成"), moment(post.deadline) if post.deadline else ""),
        ]
    found += [(_("检测项目"), local(post.item)), (_("范围"), kept_range(post)), (_("公开至"), moment(post.open_until))]
    return [(label, value) for label, value in found if value]


def contact_row(contact: Contact) -> dict[str, Any]:
    """A contact as a list shows it; nothing of whose the need is."""
    return {
        "url": reverse("exchange:contact", args=[contact.case.uid]),
        "number": contact.case.number,
        "need": contact.need.title,
        "offering": contact.offering.title,
        "with": local(contact.offering.organisation),
        "badge": badge_of(contact.case),
        "due": contact.case.due_at if contact.open else None,
        "opened": contact.case.opened_at,
    }
