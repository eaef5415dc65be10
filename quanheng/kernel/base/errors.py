"""What a service answers when it refuses: always with the reason and the mend.

A refusal is not an accident: it is part of the service's promise. Pages show it beside the form, the API
turns it into an RFC 9457 problem, the command line prints it. Every text is lazy, so that one refusal can
be told in Chinese and in English.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.functional import lazy
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.texts import filled


@dataclass(frozen=True)
class FieldError:
    """One thing wrong with one input: where (field, row), what, and how to mend it."""

    field: str
    message: Any
    row: int | None = None


def in_language(text: Any, language: str) -> str:
    """The lazy text, written out in one language."""
    with override(language):
        return str(text)


class Refusal(Exception):
    """A service will not do the act. ``message`` says what is wrong and how to mend it."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "refused"
    title: ClassVar[Any] = _("请求未被接受")

    def __init__(self, message: Any, *, errors: Sequence[FieldError] = (), code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.errors = tuple(errors)
        self.reason = code or self.code

    def __str__(self) -> str:
        return str(self.message)

    def problem(self) -> dict[str, Any]:
        """The RFC 9457 problem: in the reader's language, with both languages as extension members."""
        body: dict[str, Any] = {
            "type": f"/problems/{self.reason}",
            "title": str(self.title),
            "status": self.status,
            "detail": str(self.message),
            "detail_zh": in_language(self.message, "zh-hans"),
            "detail_en": in_language(self.message, "en"),
        }
        if self.errors:
            body["errors"] = [
                {
                    "field": error.field,
                    "row": error.row,
                    "message": str(error.message),
                    "message_zh": in_language(error.message, "zh-hans"),
                    "message_en": in_language(error.message, "en"),
                }
                for error in self.errors
            ]
        return body


class Invalid(Refusal):
    """The input cannot be used as it is."""

    status = 422
    code = "invalid"
    title = _("输入有误")

    @classmethod
    def field(cls, field: str, message: Any, *, row: int | None = None) -> Invalid:
        """One field is wrong."""
        return cls(message, errors=[FieldError(field, message, row)])


class SignInNeeded(Refusal):
    """Nobody is signed in, and the act needs somebody."""

    status = 401
    code = "sign-in-needed"
    title = _("需要登录")


class Denied(Refusal):
    """The actor may see the thing but not do this act on it."""

    status = 403
    code = "denied"
    title = _("无权操作")


class NotFound(Refusal):
    """There is no such thing, or the actor may not know of it: the two must look the same."""

    status = 404
    code = "not-found"
    title = _("未找到")


class Conflict(Refusal):
    """The thing is not in a state that allows the act (any more)."""

    status = 409
    code = "conflict"
    title = _("状态已变化")


class Unavailable(Refusal):
    """The platform cannot do it now; nothing is wrong with what was asked."""

    status = 503
    code = "unavailable"
    title = _("暂时无法完成")


class Proposed(Exception):
    """The act was not done: it needs a second person and waits as a proposal, which is stored.

    Neither a refusal nor a result. Pages lead to the proposal, the API answers 202 with it.
    """

    status: ClassVar[int] = 202

    def __init__(self, proposal: Any, label: Any) -> None:
        super().__init__(str(proposal))
        self.proposal = proposal
        self.label = label

    @property
    def message(self) -> Any:
        """What happened and what comes next, lazily."""
        return filled(_("“%(act)s”需要另一人批准后才生效，已提交，等待批准。"), act=self.label)


def _pick(zh: str, en: str) -> str:
    return en if (get_language() or "").startswith("en") else zh


bilingual = lazy(_pick, str)
"""A lazy text from a pair of sentences: for messages of science modules, which know no catalogues."""
