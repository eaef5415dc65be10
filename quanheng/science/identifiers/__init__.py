"""Identifiers of quality infrastructure: credit codes, standard numbers, numbers of qualification certificates."""

from quanheng.science.identifiers.cma_number import CmaNumber, CmaNumberRefused, parse_cma_number
from quanheng.science.identifiers.credit_code import (
    CreditCode,
    CreditCodeRefused,
    check_credit_code,
    make_credit_code,
    parse_credit_code,
)
from quanheng.science.identifiers.firm_name import FirmName, alike, places_agree, read_firm_name
from quanheng.science.identifiers.standard_number import (
    StandardNumber,
    StandardNumberRefused,
    parse_standard_number,
)

__all__ = [
    "CmaNumber",
    "CmaNumberRefused",
    "CreditCode",
    "CreditCodeRefused",
    "FirmName",
    "StandardNumber",
    "StandardNumberRefused",
    "alike",
    "check_credit_code",
    "make_credit_code",
    "parse_cma_number",
    "parse_credit_code",
    "parse_standard_number",
    "places_agree",
    "read_firm_name",
]
