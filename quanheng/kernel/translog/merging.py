"""Whom this platform watches is a choice of the regulator that runs it; regulators are never merged."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from quanheng.kernel.parties.absorbing import stays

stays("translog.Peer.organisation", _("日志同伴"), why=_("由运行平台的监管机构登记，监管机构不合并"))
