"""Unified social credit codes with both their check characters.

Sources: GB 32100-2015 (18 characters, modulus 31); GB 11714-1997 (body identifier, modulus 11, characters 9 to
17); GB/T 2260 (area code, characters 3 to 8).

>>> parse_credit_code("9135 0100 M000 100Y 43").body
'M000100Y4'
"""

from functools import lru_cache
from typing import NamedTuple

from quanheng.science.errors import ScienceError
from quanheng.science.text import flatten

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VALUES = {character: value for value, character in enumerate(ALPHABET)}
_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_BODY_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)

#: GB 32100-2015, table 1: the authority that registers, first character
AUTHORITIES: dict[str, tuple[str, str]] = {
    "1": ("机构编制", "public institutions"),
    "2": ("外交", "foreign affairs"),
    "3": ("司法行政", "justice"),
    "4": ("文化", "culture"),
    "5": ("民政", "civil affairs"),
    "6": ("旅游", "tourism"),
    "7": ("宗教", "religious affairs"),
    "8": ("工会", "trade unions"),
    "9": ("市场监督管理", "market regulation"),
    "A": ("中央军委改革和编制办公室", "military reform and organisation"),
    "N": ("农业", "agriculture"),
    "Y": ("其他", "others"),
}
#: letters that GB 32100 leaves out (and look-alikes of letters it has), and what was most likely meant
_LOOKALIKES = {"O": "0", "I": "1", "Z": "2", "S": "5", "V": "U"}
_CONFUSED = ("0DQ", "1L7", "2", "5", "8B", "UVWY", "6G", "CG", "PR", "MN", "EF", "KX", "4A")


class CreditCodeRefused(ScienceError):
    """A text that is no valid unified social credit code; ``position`` (1 to 18) is the character at
    fault where it is certain."""

    def __init__(self, zh: str, en: str, position: int | None = None) -> None:
        super().__init__(zh, en)
        self.position = position


class CreditCode(NamedTuple):
    """The parts of a code valid in form."""

    text: str
    authority: str
    kind: str
    region: str
    body: str
    check: str

    @property
    def authority_name(self) -> tuple[str, str] | None:
        """Chinese and English name of the registering authority, None if it is not in the table."""
        return AUTHORITIES.get(self.authority)


@lru_cache(maxsize=8192)
def parse_credit_code(text: str) -> CreditCode:
    """The parts of a unified social credit code; blanks, hyphens, full-width and small letters are accepted.

    Raises CreditCodeRefused, which says the character at fault and what was likely meant.

    >>> parse_credit_code("91350100M000100Y43").region
    '350100'
    """
    code = normalise_credit_code(text)
    for place, character in enumerate(code, 1):
        if character not in _VALUES:
            _refuse_character(code, place, character)
    if len(code) != 18:
        raise CreditCodeRefused(
            f"统一社会信用代码应为 18 位，现为 {len(code)} 位，请补全或删去多余字符",
            f"a unified social credit code has 18 characters, this has {len(code)}; complete or shorten it",
        )
    for place in range(3, 9):
        if not code[place - 1].isdigit():
            raise CreditCodeRefused(
                f"第 {place} 位“{code[place - 1]}”应为数字：第 3 至 8 位是行政区划码",
                f"character {place} '{code[place - 1]}' must be a digit: characters 3 to 8 are the area code",
                place,
            )
    body_holds, code_holds = body_check_character(code[8:16]) == code[16], check_character(code[:17]) == code[17]
    if not (body_holds and code_holds):
        _refuse_checks(code, body_holds, code_holds)
    return CreditCode(code, code[0], code[1], code[2:8], code[8:17], code[17])


def check_credit_code(text: str) -> bool:
    """Whether the text is a code valid in form, both check characters included.

    >>> check_credit_code("91350100M000100Y43"), check_credit_code("91350100M000100Y4Z")
    (True, False)
    """
    try:
        parse_credit_code(text)
    except CreditCodeRefused:
        return False
    return True


def make_credit_code(body8: str, region: str, authority: str = "9", kind: str = "1") -> str:
    """A code valid in form from the first eight characters of the body, with both check characters computed.

    Raises CreditCodeRefused.

    >>> make_credit_code("M000100Y", "350100")
    '91350100M000100Y43'
    """
    if len(body8) != 8 or len(region) != 6 or len(authority) != 1 or len(kind) != 1:
        raise CreditCodeRefused(
            "需要：主体标识 8 位、行政区划 6 位、登记管理部门 1 位、机构类别 1 位",
            "needed: 8 characters of the body, 6 of the area, 1 of the authority, 1 of the kind",
        )
    stem = f"{authority}{kind}{region}{body8}"
    for place, character in enumerate(stem, 1):
        if character not in _VALUES:
            _refuse_character(stem, place, character)
    stem += body_check_character(body8)
    return parse_credit_code(stem + check_character(stem)).text


def normalise_credit_code(text: str) -> str:
    """Upper case, without blanks and hyphens, full-width forms folded."""
    return flatten(text[:64]).upper().replace(" ", "").replace("-", "")


def check_character(first17: str) -> str:
    """The 18th character: (31 − Σ value·3^(i−1) mod 31) mod 31 (GB 32100-2015, annex A).

    >>> check_character("91350100M000100Y4")
    '3'
    """
    total = sum(_VALUES[character] * weight for character, weight in zip(first17, _WEIGHTS, strict=True))
    return ALPHABET[-total % 31]


def body_check_character(body8: str) -> str:
    """The 9th character of the body: 11 − Σ value·weight mod 11, 10 written X, 11 written 0 (GB 11714-1997).

    >>> body_check_character("M000100Y")
    '4'
    """
    total = sum(int(character, 36) * weight for character, weight in zip(body8, _BODY_WEIGHTS, strict=True))
    return "0123456789X"[-total % 11]


def _refuse_character(code: str, place: int, character: str) -> None:
    meant = _LOOKALIKES.get(character)
    hint_zh = f"是否为“{meant}”？代码中不使用 I、O、S、V、Z" if meant else "只能用数字和除 I、O、S、V、Z 外的大写字母"
    hint_en = (
        f"did you mean '{meant}'? The letters I, O, S, V, Z are not used"
        if meant
        else "only digits and capitals other than I, O, S, V, Z are used"
    )
    raise CreditCodeRefused(
        f"统一社会信用代码第 {place} 位“{character}”不可用：{hint_zh}",
        f"character {place} '{character}' of the credit code cannot be used: {hint_en}",
        place,
    )


def _refuse_checks(code: str, body_holds: bool, code_holds: bool) -> None:
    repair = _repair(code)
    if repair:
        zh, en, position = repair
        raise CreditCodeRefused(f"统一社会信用代码校验不符：{zh}", f"the credit code fails its check: {en}", position)
    if body_holds:  # the fault lies outside the body, or in two places at once
        last = check_character(code[:17])
        raise CreditCodeRefused(
            f"统一社会信用代码校验不符：第 9 至 17 位自身无误，请核对第 1 至 8 位和末位（按前 17 位末位应为“{last}”）",
            "the credit code fails its check: characters 9 to 17 hold by themselves; check 1 to 8 and the last one "
            f"(by the first 17 it would be '{last}')",
        )
    raise CreditCodeRefused(
        "统一社会信用代码校验不符：请核对第 9 至 17 位（组织机构代码）"
        + ("" if code_holds else "，其校验位与末位均不符"),
        "the credit code fails its check: check characters 9 to 17 (the body identifier)"
        + ("" if code_holds else "; its check and the last one both fail"),
    )


def _repair(code: str) -> tuple[str, str, int] | None:
    """The one look-alike or exchange of neighbours that would make both checks hold, if there is just one."""
    found: list[tuple[str, str, int]] = []
    for place, character in enumerate(code):
        for group in _CONFUSED:
            if character in group:
                for other in group:
                    if other != character and other in _VALUES and _holds(code[:place] + other + code[place + 1 :]):
                        zh = f"第 {place + 1} 位“{character}”是否为“{other}”？"
                        found.append((zh, f"is character {place + 1} '{character}' perhaps '{other}'?", place + 1))
    for place in range(17):
        one, two = code[place], code[place + 1]
        if one != two and _holds(code[:place] + two + one + code[place + 2 :]):
            zh = f"第 {place + 1}、{place + 2} 位“{one}{two}”是否颠倒？"
            found.append((zh, f"are characters {place + 1} and {place + 2} '{one}{two}' exchanged?", place + 1))
    return found[0] if len(found) == 1 else None


def _holds(code: str) -> bool:
    return (
        code[2:8].isdigit() and body_check_character(code[8:16]) == code[16] and check_character(code[:17]) == code[17]
    )
