"""Words as they are compared when looking for a name."""

import unicodedata


def folded(text: str) -> str:
    """Text without case, accents and doubled spaces.

    >>> folded("  Ysgol  Tŷ Ddewi ")
    'ysgol ty ddewi'
    """
    if text.isascii():  # most of it, and a hundred thousand names at a time
        return " ".join(text.lower().split())
    parts = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(part for part in parts if not unicodedata.combining(part)).split())
