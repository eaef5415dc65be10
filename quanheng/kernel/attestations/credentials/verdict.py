"""What verification answers: ordered checks, and two words kept apart, genuine and competent."""

from dataclasses import dataclass
from typing import Any, Literal

Outcome = Literal["pass", "fail", "not-evaluated"]
Status = Literal["valid", "suspended", "withdrawn", "superseded", "expired", "not-yet-valid", "unknown"]

TITLES: dict[str, tuple[str, str]] = {
    "format": ("格式", "Format"),
    "canonical": ("原始字节", "Original bytes"),
    "signature": ("数字签名", "Signature"),
    "trust": ("信任清单", "Trust bundle"),
    "issuer": ("出具机构", "Issuer"),
    "key": ("签名密钥", "Signing key"),
    "log": ("登入日志", "In the log"),
    "witness": ("见证", "Witnessed"),
    "status": ("当前状态", "Status"),
    "recognition": ("机构资质", "Recognition of the issuer"),
    "scope": ("能力范围", "Scope"),
    "metrology": ("计量溯源", "Metrology"),
    "gate": ("签发前核查", "Gate"),
    "pdf": ("PDF 签名", "PDF signature"),
    "printed": ("版面与数据", "Printed page and data"),
    # Of a file beside the document: never among the checks of the document itself.
    "raw": ("原始记录", "Raw data"),
}
# A document is genuine when these passed; "canonical" and "printed" apply to files only.
REQUIRED = ("format", "signature", "issuer", "key")
APPLICABLE = ("canonical", "printed")
# Files of before have no such signature: not genuine is only what has one that does not hold.
NOT_FAILED = ("pdf",)


@dataclass(frozen=True)
class Check:
    """One question asked of a document: what came out, why, and what the reader should do."""

    code: str
    outcome: Outcome
    zh: str
    en: str
    todo_zh: str = ""
    todo_en: str = ""

    def as_json(self) -> dict[str, str]:
        """Return the check as members of a JSON object, titles included."""
        title_zh, title_en = TITLES[self.code]
        return {
            "code": self.code,
            "outcome": self.outcome,
            "titleZh": title_zh,
            "titleEn": title_en,
            "reasonZh": self.zh,
            "reasonEn": self.en,
            "todoZh": self.todo_zh,
            "todoEn": self.todo_en,
        }


@dataclass(frozen=True)
class Verdict:
    """The checks in their fixed order, the status found, and the document they were made on."""

    checks: tuple[Check, ...]
    status: Status
    document: dict[str, Any] | None

    def check(self, code: str) -> Check | None:
        """Return the check of this code, or None when it does not apply to this kind of file."""
        return next((check for check in self.checks if check.code == code), None)

    @property
    def genuine(self) -> bool:
        """Whether the issuer signed exactly this, with a key valid at that time."""
        required = all((found := self.check(code)) and found.outcome == "pass" for code in REQUIRED)
        applicable = all(found.outcome == "pass" for code in APPLICABLE if (found := self.check(code)) is not None)
        broken = any(found.outcome == "fail" for code in NOT_FAILED if (found := self.check(code)) is not None)
        return required and applicable and not broken

    @property
    def in_force(self) -> bool | None:
        """Whether the document is valid now; None when the status could not be evaluated."""
        return None if self.status == "unknown" else self.status == "valid"

    @property
    def competent(self) -> Outcome:
        """Whether the issuer held the recognition it claims on the day of issue."""
        found = self.check("recognition")
        return found.outcome if found else "not-evaluated"

    @property
    def synthetic(self) -> bool:
        """Whether the document calls itself demonstration data."""
        return bool(self.document and self.document.get("credentialSubject", {}).get("synthetic"))

    @property
    def number(self) -> str:
        """The document's number, or an empty text when it could not be read."""
        return str((self.document or {}).get("credentialSubject", {}).get("number", ""))

    def as_json(self) -> dict[str, Any]:
        """Return the verdict as a JSON object for machines."""
        return {
            "genuine": self.genuine,
            "competent": self.competent,
            "status": self.status,
            "synthetic": self.synthetic,
            "number": self.number,
            "checks": [check.as_json() for check in self.checks],
        }
