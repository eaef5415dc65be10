"""Notices stay where they were given; the merged entry's webhooks fall silent."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.parties.absorbing import Merging, handles, stays

stays("audit.Notice.organisation", _("通知"), why=_("属于历史；保留机构的人员仍可查看"))


@handles("audit.Webhook.organisation", _("回调地址"), why=_("密钥各自不同，不随之转移：停用，由保留的机构另行登记"))
def _webhooks(merging: Merging, rows: models.QuerySet[Any]) -> int:
    merging.change(rows.filter(active=True), "active", False)
    return 0
