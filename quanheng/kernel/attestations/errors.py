"""Errors of the attestation core, bilingual and free of Django.

Services turn them into refusals; the stand-alone verifier prints them as they are.
"""


class AttestationError(ValueError):
    """Something about a document or key is wrong; `zh` and `en` say what and how to mend it.

    `code` is a stable word for machines; `field` is the path of the member concerned, if any.
    """

    def __init__(self, code: str, zh: str, en: str, field: str = "") -> None:
        super().__init__(f"{zh} / {en}")
        self.code = code
        self.zh = zh
        self.en = en
        self.field = field


class MalformedJson(AttestationError):
    """The bytes are not JSON that RFC 8785 can put into canonical form."""


class MalformedKey(AttestationError):
    """A key, key reference or sealed key cannot be decoded."""


class KeyNotValid(AttestationError):
    """The key may not sign at this time."""


class ProofError(AttestationError):
    """A Data Integrity proof is missing, malformed or does not verify."""


class StatementError(AttestationError):
    """The content of an attestation breaks its schema; `problems` lists every member concerned."""

    def __init__(self, problems: list[AttestationError]) -> None:
        first = problems[0]
        more_zh = f"（另有 {len(problems) - 1} 处）" if len(problems) > 1 else ""
        more_en = f" ({len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(first.code, first.zh + more_zh, first.en + more_en, first.field)
        self.problems = problems


class UnreadablePdf(AttestationError):
    """The file is not a PDF that can be read, or it carries no attested data."""


class TrustError(AttestationError):
    """A trust bundle cannot be read or is not signed by the pinned platform key."""


class RenderingError(AttestationError):
    """A document cannot be laid out, for example because the font is missing."""
