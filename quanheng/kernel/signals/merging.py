"""What surveillance still has to look at follows the organisation."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from quanheng.kernel.parties.absorbing import moves

moves("signals.Signal.organisation", _("未处置的信号"), only=lambda rows: rows.filter(settled_at=None))
