"""What other apps are told of, inside the transaction of the act."""

from __future__ import annotations

from django.dispatch import Signal

# An organisation's region was corrected: sent with ``organisation``, for those who keep the region again.
organisation_moved = Signal()
