"""QR codes (ISO/IEC 18004) as SVG: of printed reports, of pages, of labels."""

import re
from typing import Final

import zxingcpp

QUIET_ZONE: Final = 4  # modules of white around the code that ISO/IEC 18004 asks for
_SIZE = re.compile(r'<svg width="(\d+)"')
_DARK = re.compile(r'<path d="([^"]+)"')


def qr_svg(text: str, *, quiet_zone: int = QUIET_ZONE, dark: str = "#000") -> str:
    """Return the code of ``text``, error correction level M, as an SVG that fills its place.

    The drawing holds coordinates and nothing of the text. A code set amid white may do with less ``quiet_zone``.
    """
    drawn = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M").to_svg()
    size, modules = _SIZE.search(drawn), _DARK.search(drawn)
    if not size or not modules:
        raise ValueError(drawn)
    cut = QUIET_ZONE - quiet_zone
    side = int(size[1]) - 2 * cut
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{cut} {cut} {side} {side}">'
        f'<path fill="{dark}" d="{modules[1]}"/></svg>'
    )
