"""Handing letters to the mail server, each at most once.

A letter is marked before it is handed over. Where the worker is killed in between, or the server falls silent in the
middle, nobody can say whether it left: it is not sent again. Losing one so is rare and harmless: the notice stands on
the platform, and what waits is in the next digest. Twice the same letter teaches people not to read them. Only where
it is certain that the server has not taken a letter (it refused, or was not reached) is it tried again.
"""

from __future__ import annotations

import logging
import smtplib
import socket
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.core.mail import get_connection
from django.core.validators import validate_email
from django.db.models import F
from django.utils import timezone

from quanheng.kernel.audit.models import Letter
from quanheng.kernel.audit.writing import message_of

logger = logging.getLogger(__name__)
T = TypeVar("T")

State = Letter.State
# How long to wait after the first, second, … refused try; after the last one it is given up.
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 2 * 60, 6 * 60))
# No try lasts so long: a letter that is still marked was left by a worker that is no more.
LEASE = timedelta(minutes=10)
# While the server cannot be reached no letter's tries are used up; one that has waited so long is given up.
PATIENCE, PAUSE = timedelta(days=3), timedelta(minutes=5)
BATCH, TURN = 50, 15.0
KEEP = timedelta(days=60)


def post_letters() -> int:
    """Send what is due, oldest first, over one connection and for ``TURN`` seconds; how many were tried."""
    _give_up_on_lost()
    now = timezone.now()
    due = list(
        Letter.objects.filter(state=State.WAITING, next_try_at__lte=now)
        .select_related("person")
        .order_by("next_try_at", "pk")[:BATCH]
    )
    return over_one_connection(due, _post, lambda error: _wait_for_server(now, error))


def over_one_connection(
    due: Sequence[T], post: Callable[[T, Any], bool], not_reached: Callable[[Exception], None]
) -> int:
    """Hand letters over one connection to the mail server for ``TURN`` seconds; how many were tried.

    ``post`` says whether the connection is good for another; ``not_reached`` is called where there is no server.
    """
    if not due:
        return 0
    connection = get_connection()
    try:
        connection.open()
    except Exception as error:
        not_reached(error)
        return 0
    tried, end = 0, time.monotonic() + TURN
    try:
        for letter in due:
            if time.monotonic() > end:
                break
            tried += 1
            if not post(letter, connection):
                # After a fault nobody knows how the connection stands: the next turn makes its own.
                break
    finally:
        try:
            connection.close()
        except Exception:
            logger.warning("the connection to the mail server did not close", exc_info=True)
    return tried


def _post(letter: Letter, connection: Any) -> bool:
    """Write one letter, mark it, hand it over; whether the connection is good for another."""
    if not letter.person.reads_mail:
        _note(letter, State.WAITING, State.GIVEN_UP, error="the address was not verified by its person")
        return True
    try:
        validate_email(letter.person.email)
        mail = message_of(letter)
        # Refuses what would begin a header of its own, before anything is marked.
        source = mail.message().as_bytes() if mail else b""
    except (ValidationError, ValueError) as error:
        _note(letter, State.WAITING, State.GIVEN_UP, error="; ".join(getattr(error, "messages", [str(error)])))
        return True
    if mail is None or not source:
        _note(letter, State.WAITING, State.EMPTY)
        return True
    claimed = Letter.objects.filter(pk=letter.pk, state=State.WAITING, tries=letter.tries)
    if not claimed.update(state=State.SENDING, tries=F("tries") + 1, claimed_at=timezone.now()):
        # Another worker has it.
        return True
    letter.tries += 1
    try:
        connection.send_messages([mail])
    except Exception as error:
        return _refused(letter, error)
    _note(letter, State.SENDING, State.SENT, sent_at=timezone.now())
    return True


def _note(letter: Letter, before: str, state: str, *, error: str = "", **facts: Any) -> None:
    rows = Letter.objects.filter(pk=letter.pk, state=before)
    rows.update(state=state, last_error=" ".join(error.split())[:300], **facts)


def _refused(letter: Letter, error: Exception) -> bool:
    """Note what a try came to; whether the connection is as good as before."""
    told = f"{type(error).__name__}: {error}"
    logger.warning("letter %s, try %s: %s", letter.uid, letter.tries, told)
    lasting = not_taken(error)
    if lasting is None:
        _note(letter, State.SENDING, State.UNCERTAIN, error=told)
    elif lasting or letter.tries > len(BACK_OFF):
        _note(letter, State.SENDING, State.GIVEN_UP, error=told)
    else:
        later = timezone.now() + BACK_OFF[letter.tries - 1]
        _note(letter, State.SENDING, State.WAITING, error=told, next_try_at=later)
    return bool(lasting)


def not_taken(error: Exception) -> bool | None:
    """Whether a refusal is for good (True) or for now (False); None where the server may have taken the letter."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _told in error.recipients.values())
    if isinstance(error, smtplib.SMTPSenderRefused):
        # That is about us, not about the letter: somebody will mend it.
        return False
    if isinstance(error, smtplib.SMTPResponseException):
        return error.smtp_code >= 500
    if isinstance(error, ConnectionRefusedError | socket.gaierror):
        return False
    return None


def _give_up_on_lost() -> None:
    """Letters whose worker ended between marking and noting: perhaps they left, so they do not leave again."""
    lost = Letter.objects.filter(state=State.SENDING, claimed_at__lt=timezone.now() - LEASE)
    if lost.exists():
        count = lost.update(state=State.UNCERTAIN, last_error="the worker ended while sending")
        logger.warning("%s letters were being sent when their worker ended; they are not sent again", count)


def _wait_for_server(now: Any, error: Exception) -> None:
    logger.warning("mail server not reached: %s", error)
    told = " ".join(f"{type(error).__name__}: {error}".split())[:300]
    due = Letter.objects.filter(state=State.WAITING, next_try_at__lte=now)
    due.filter(created_at__lt=now - PATIENCE).update(state=State.GIVEN_UP, last_error=told)
    due.update(next_try_at=now + PAUSE, last_error=told)


def forget_letters() -> None:
    """Letters that are over go after some weeks; those still to be sent stay."""
    old = Letter.objects.filter(created_at__lt=timezone.now() - KEEP)
    old.exclude(state__in=(State.COLLECTING, State.WAITING, State.SENDING)).delete()
