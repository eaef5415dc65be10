"""What becomes of comparisons when an organisation's entry is merged into another."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from quanheng.kernel.parties.absorbing import stays

stays("supervision.Scrutiny.organisation", _("机构比对"), why=_("每日重新统计"), quiet=True)
