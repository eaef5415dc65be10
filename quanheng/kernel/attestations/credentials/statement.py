"""What an attestation states, as plain records (ISO/IEC 17000 terms).

Every measured number is a decimal string, so that no digit is lost or added. Texts come in Chinese and,
where there is one, English. `credential.py` writes these records as a Verifiable Credential.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

Kind = Literal[
    "test-report",
    "calibration-certificate",
    "verification-certificate",
    "inspection-report",
    "certificate",
    "qualification",
    "declaration",
]
ItemVerdict = Literal["pass", "fail", "conditional-pass", "conditional-fail", "not-judged"]
Decision = Literal["conforms", "does-not-conform", "not-judged"]


@dataclass(frozen=True)
class Issuer:
    """The body that attests: its decentralised identifier, names and unified social credit code."""

    did: str
    name_zh: str
    uscc: str
    name_en: str = ""
    address_zh: str = ""


@dataclass(frozen=True)
class Recognition:
    """On what the issuer's competence rests, for example scheme "CMA" with its number."""

    scheme: str
    number: str


@dataclass(frozen=True)
class Client:
    """Who asked for the conformity assessment."""

    name_zh: str
    name_en: str = ""
    uscc: str = ""
    address_zh: str = ""


@dataclass(frozen=True)
class Sample:
    """A sample or item received: its identification, when it came and in what state."""

    identifier: str
    received: date | None = None
    quantity: str = ""
    state_zh: str = ""


@dataclass(frozen=True)
class AssessedObject:
    """The object of conformity assessment: product, instrument, process, system, person or body."""

    category: Literal["product", "instrument", "process", "system", "service", "person", "body"]
    name_zh: str
    name_en: str = ""
    model: str = ""
    serial_number: str = ""
    batch: str = ""
    manufacturer_zh: str = ""
    samples: tuple[Sample, ...] = ()


@dataclass(frozen=True)
class Requirement:
    """A specified requirement or a method: a standard or regulation with its edition, and the clause."""

    standard: str
    clause: str = ""
    title_zh: str = ""


@dataclass(frozen=True)
class Limits:
    """What the value is judged against, in the unit of the item; `text_zh` for what has no number."""

    lower: str = ""
    upper: str = ""
    text_zh: str = ""
    text_en: str = ""


@dataclass(frozen=True)
class Equipment:
    """A measuring instrument or reference used, and until when its calibration holds."""

    identifier: str
    name_zh: str
    calibrated_until: date | None = None
    calibration: str = ""  # number or identifier of its calibration certificate


@dataclass(frozen=True)
class Condition:
    """An environmental condition during determination."""

    quantity_zh: str
    value: str
    unit: str
    quantity_en: str = ""


@dataclass(frozen=True)
class RawFile:
    """A technical record that the results rest on, told by its SHA-256 (hex) and its size in bytes."""

    name: str
    media_type: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Item:
    """One determined characteristic.

    Either `value` (decimal string) with `unit`, or `observation_zh` for what is not a number. `uncertainty`
    is the expanded uncertainty U in the same unit, with its coverage factor (JCGM 100, 7.2.3).
    `equipment` names entries of the statement's equipment by identifier; `operator` is a role reference, not a name.
    """

    name_zh: str
    method: Requirement
    name_en: str = ""
    value: str = ""
    unit: str = ""
    observation_zh: str = ""
    uncertainty: str = ""
    coverage_factor: str = ""
    limits: Limits | None = None
    requirement: Requirement | None = None
    decision_rule: str = ""
    verdict: ItemVerdict = "not-judged"
    sample: str = ""
    equipment: tuple[str, ...] = ()
    operator: str = ""
    determined: date | None = None
    raw_data: tuple[RawFile, ...] = ()
    # On how many pieces of the sample; None: not counted.
    pieces: int | None = None


@dataclass(frozen=True)
class Supersedes:
    """The attestation that this one replaces, and why."""

    id: str
    number: str
    reason_zh: str


@dataclass(frozen=True)
class GateCheck:
    """One rule asked of a report before it was issued: which edition of it, what came out and what was looked at.

    `looked_at` names records by their identifiers. `explanation_zh` is the signatory's reason for issuing although a
    soft rule was not kept; a hard one that is not kept has no report.
    """

    rule: str
    version: date
    grade: Literal["hard", "soft"]
    outcome: Literal["pass", "fail", "not-evaluated"]
    title_zh: str
    title_en: str
    source: str
    reason_zh: str
    reason_en: str
    looked_at: tuple[str, ...] = ()
    explanation_zh: str = ""


@dataclass(frozen=True)
class Gate:
    """What was checked before issue against the platform's records; `rules` is the SHA-256 of the rules in force."""

    rules: str
    evaluated: datetime
    checks: tuple[GateCheck, ...]


@dataclass(frozen=True)
class Statement:
    """The whole content of an attestation.

    `issued` and the validity bounds are aware times. `reviewed_by` and `signatory` are the names or role
    references that the document shows; `decision_zh` is the conclusion in words. `synthetic` marks
    demonstration data, on every page and in the signed content.
    """

    kind: Kind
    number: str
    issuer: Issuer
    client: Client
    object: AssessedObject
    requirements: tuple[Requirement, ...]
    decision: Decision
    decision_zh: str
    signatory: str
    reviewed_by: str
    issued: datetime
    decision_en: str = ""
    decision_rule: str = ""
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    recognitions: tuple[Recognition, ...] = ()
    items: tuple[Item, ...] = ()
    # Of the whole determination; what belongs to one item stands with it.
    raw_data: tuple[RawFile, ...] = ()
    equipment: tuple[Equipment, ...] = ()
    environment: tuple[Condition, ...] = ()
    place_zh: str = ""
    determined_from: date | None = None
    determined_until: date | None = None
    supersedes: Supersedes | None = None
    notes_zh: tuple[str, ...] = field(default=())
    # None: the issuer's records are not kept here, so nothing could be checked against them.
    gate: Gate | None = None
    synthetic: bool = False
