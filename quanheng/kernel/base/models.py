"""What every record of the platform shares."""

from __future__ import annotations

import secrets
from typing import ClassVar

from django.db import models

from quanheng.kernel.base.grants import Grant

# Crockford's base 32 in lower case: no i, l, o, u, so that a code read aloud or printed is not mistaken.
UID_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_uid() -> str:
    """A public name of 13 characters (65 bits): not countable, not guessable."""
    number = secrets.randbits(65)
    digits = []
    for _ in range(13):
        number, digit = divmod(number, 32)
        digits.append(UID_ALPHABET[digit])
    return "".join(digits)


class Record(models.Model):
    """A row with a public name. ``visible_to`` says who may read it; every concrete model declares it."""

    uid = models.CharField(max_length=13, unique=True, default=new_uid, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    visible_to: ClassVar[Grant]
    # Relations that permission and audit look at: fetched with the row when an act locks it.
    act_related: ClassVar[tuple[str, ...]] = ()
    # Columns that never enter the audit trail (secrets) or would drown it (large frozen texts).
    audit_exclude: ClassVar[frozenset[str]] = frozenset()

    class Meta:
        abstract = True
