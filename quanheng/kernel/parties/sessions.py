"""Sessions in the database, read by a kept statement: every request of somebody who signed in reads one."""

from __future__ import annotations

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.utils import timezone

from quanheng.kernel.base.statements import Asked

_SESSION = Asked(lambda key: Session.objects.filter(session_key=key))


class SessionStore(DatabaseStore):
    """As Django's own."""

    def _get_session_from_db(self) -> Session | None:
        found = _SESSION(self.session_key) if self.session_key else []
        if found and found[0].expire_date > timezone.now():
            return found[0]
        self._session_key = None
        return None
