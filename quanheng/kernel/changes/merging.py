"""Proposals stay with the office that made them; offices are regulators' and are not merged."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from quanheng.kernel.parties.absorbing import stays

stays("changes.Proposal.office", _("变更提案"), why=_("属于历史"))
stays("changes.Proposal.asked", _("变更提案"), why=_("属于历史"))
