"""How the key of a second step is shown: as a picture to scan, and as letters to type."""

from typing import Final

import segno
from markupsafe import Markup

_GROUP: Final = 4


def picture(uri: str) -> Markup:
    """A QR code as inline SVG, without a style of its own: the page's policy would refuse it."""
    code = segno.make(uri, error="m")
    return Markup(code.svg_inline(omitsize=True, light="#fff", svgclass="tb-qr__code"))  # noqa: S704 (made here, of squares)


def grouped(key: str) -> str:
    """In groups of four, as people type it."""
    return " ".join(key[start : start + _GROUP] for start in range(0, len(key), _GROUP))
