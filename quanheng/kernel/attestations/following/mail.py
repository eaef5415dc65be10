"""Letters to the addresses of visitors who want to be told of a report: the question, and the news.

A letter says the number and how the report stands when it is written, which anybody may learn from the number alone.
It is marked before it is handed over and leaves at most once, as the letters to people do (``audit.posting``); the
address is read from its row in that moment and is copied nowhere.
"""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.attestations import shown
from quanheng.kernel.attestations.falls.doubts import doubts_of
from quanheng.kernel.attestations.following.acts import FINAL, confirm_address, stop_address
from quanheng.kernel.attestations.models import Follow
from quanheng.kernel.audit.posting import BACK_OFF, BATCH, LEASE, PATIENCE, PAUSE, not_taken, over_one_connection
from quanheng.kernel.base.errors import in_language
from quanheng.kernel.base.texts import filled

logger = logging.getLogger(__name__)

_ASKED = _(
    "有人（应当是您）希望在报告或证书 %(number)s 的状态变化时收到邮件。请在 %(days)s 天内打开以下链接确认：\n%(link)s\n"
    "如果不是您本人，请不理会：不再发信，地址 %(days)s 天后删除。"
)
_NEWS = _("您要求关注的报告或证书 %(number)s 有变化，目前：%(word)s。%(why)s\n查看：%(page)s")
_FOOT = _("不再告知并删除我的邮箱地址：%(stop)s")
_LAST = _("它不会再变化：这是最后一封邮件，您的邮箱地址已删除。")


def page_of(number: str) -> str:
    """Where anybody reads the status of a number."""
    return f"{settings.SITE_URL}/verify/?number={quote(number)}"


def letter_of(follow: Follow) -> EmailMultiAlternatives:
    """The question to an address that is not confirmed; else how its report stands now. In both languages."""
    number, stop = follow.attestation.number, stop_address(follow)
    if follow.confirmed_at is None:
        subject = _("请确认：在报告变化时告诉您")
        days = settings.EMAIL_LINK_TIMEOUT // 86400
        told = [filled(_ASKED, number=number, days=days, link=confirm_address(follow))]
    else:
        _tone, word, why = shown.STATUS[shown.status_of(follow.attestation)]
        # Not for one that nobody may rely on any more.
        doubts = doubts_of(follow.attestation) if follow.attestation.state not in FINAL else []
        subject = filled(_("%(number)s 有变化"), number=number)
        told = [filled(_NEWS, number=number, word=word, why=why, page=page_of(number))]
        told += [one.told for one in doubts]
        told.append(_LAST if follow.attestation.state in FINAL else filled(_FOOT, stop=stop))
    parts, subjects = [], []
    for language in ("zh-hans", "en"):
        subjects.append(in_language(subject, language))
        parts.append("\n\n".join(in_language(one, language) for one in told))
    headers = {
        "List-Unsubscribe": f"<{stop}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
    }
    title = f"[{in_language(_('权衡 Quanheng'), 'zh-hans')}] {' / '.join(subjects)}"
    body = f"\n\n{'-' * 40}\n\n".join(parts) + "\n"
    return EmailMultiAlternatives(title[:200], body, None, [follow.email], headers=headers)


def post_due() -> int:
    """Send what is due, oldest first, over one connection; how many were tried."""
    now = timezone.now()
    # A worker ended in between: perhaps the letter left, so it does not leave again.
    Follow.objects.filter(claimed_at__lt=now - LEASE).update(claimed_at=None, owed_at=None)
    waiting = Follow.objects.filter(owed_at__isnull=False, claimed_at=None, next_try_at__lte=now)
    due = list(waiting.select_related("attestation").defer("attestation__document").order_by("next_try_at")[:BATCH])

    def not_reached(error: Exception) -> None:
        logger.warning("mail server not reached: %s", error)
        waiting.filter(owed_at__lt=now - PATIENCE).update(owed_at=None)
        waiting.update(next_try_at=now + PAUSE)

    return over_one_connection(due, _post, not_reached)


def _post(follow: Follow, connection: Any) -> bool:
    """Mark one letter and hand it over; whether the connection is good for another."""
    claimed = Follow.objects.filter(pk=follow.pk, claimed_at=None, owed_at=follow.owed_at)
    if not claimed.update(claimed_at=timezone.now(), tries=F("tries") + 1):
        # Another worker has it, or it was ended meanwhile.
        return True
    try:
        connection.send_messages([letter_of(follow)])
    except Exception as error:
        # Neither the address nor what the server says of it is for the journal.
        logger.warning("letter of %s: %s", follow.uid, type(error).__name__)
        lasting = not_taken(error)
        mine = Follow.objects.filter(pk=follow.pk)
        if lasting or (lasting is False and follow.tries >= len(BACK_OFF)):
            mine.delete()
        elif lasting is False:
            mine.update(claimed_at=None, next_try_at=timezone.now() + BACK_OFF[follow.tries])
        else:
            _done(follow)
        return bool(lasting)
    _done(follow)
    return True


def _done(follow: Follow) -> None:
    """The letter has left. What changed while it was under way is told by another; after the last the address goes."""
    mine = Follow.objects.filter(pk=follow.pk)
    if follow.confirmed_at is not None and follow.attestation.state in FINAL:
        mine.delete()
        return
    mine.filter(owed_at=follow.owed_at).update(owed_at=None, tries=0)
    mine.update(claimed_at=None)
