"""What becomes of results when an organisation's entry is merged into another."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from quanheng.kernel.parties.absorbing import stays

stays("results.Result.provider", _("分包得出的结果"), why=_("报告已写明当时的分包方"))
