"""What becomes of subcontracts when an organisation's entry is merged into another."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from quanheng.kernel.parties.absorbing import stays

stays("testing.Subcontract.provider", _("承接的分包"), why=_("与所属任务单在一起"))
