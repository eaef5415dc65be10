"""Text as it is typed: full-width forms, many minus signs and superscripts folded into one ASCII form."""

import re
import unicodedata

_MINUS = str.maketrans(dict.fromkeys("\u2212\u2010\u2011\u2012\u2013\u2014\ufe63\uff0d", "-"))
_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_SUPERSCRIPT_RUN = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]+")


def flatten(text: str) -> str:
    """Fold full-width forms, minus signs and superscripts (as ``^n``) into ASCII.

    >>> flatten("－１２．５×10⁻³ ＭＰａ")
    '-12.5×10^-3 MPa'
    """
    if text.isascii():
        return text.strip()
    marked = _SUPERSCRIPT_RUN.sub(lambda found: "^" + found.group().translate(_SUPERSCRIPT), text)
    return unicodedata.normalize("NFKC", marked.translate(_MINUS)).translate(_MINUS).strip()
