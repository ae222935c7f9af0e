"""E-mail addresses, as far as letters can be sent to them."""

import re
from typing import Final

LONGEST: Final = 254
"""Characters of an address in an envelope (RFC 5321)."""

# As browsers check <input type="email"> (the HTML standard): no quotes, comments or line ends; and
# no more before the "@" than an envelope takes.
_ADDRESS: Final = re.compile(
    r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}"
    r"@[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*",
    re.IGNORECASE,
)


def address_of(text: str) -> str | None:
    """The address as it is kept, in small letters; None where it is none."""
    text = text.strip()
    if len(text) > LONGEST or not _ADDRESS.fullmatch(text):
        return None
    return text.lower()
