"""What a password must be."""

from __future__ import annotations

from django.contrib.auth.password_validation import MinimumLengthValidator
from django.utils.translation import gettext as _


class MinimumLength(MinimumLengthValidator):
    """A length that guessing does not reach; Django's own sentence lacks its Chinese in this version."""

    def get_error_message(self) -> str:
        return _("密码太短，至少需要 %(length)s 个字符。") % {"length": self.min_length}

    def get_help_text(self) -> str:
        return _("密码至少需要 %(length)s 个字符。") % {"length": self.min_length}
