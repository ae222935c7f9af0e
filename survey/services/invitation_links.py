"""The token of an invitation: its id and a keyed hash of it, so that nothing need be kept.

32 bytes, of which 128 bits nobody can guess; 43 characters that are safe in an address and, with
"i_" before them, in a link to the bot (at most 64).
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2b
from typing import Final
from uuid import UUID

PAYLOAD: Final = "i_"
"""How a link to the bot begins that leads to an invitation."""

_BYTES: Final = 16
_LENGTH: Final = 43


class InvitationLinks:
    """Makes and reads tokens; `previous` keys are those from before the secret was changed."""

    def __init__(self, key: bytes, *previous: bytes) -> None:
        self._keys = (key, *previous)

    def token(self, invitation: UUID) -> str:
        made = invitation.bytes + _proof(invitation.bytes, self._keys[0])
        return urlsafe_b64encode(made).decode().rstrip("=")

    def read(self, token: str) -> UUID | None:
        """The invitation that a token of ours leads to; None for any other text."""
        if len(token) != _LENGTH or not token.isascii():
            return None
        try:
            told = urlsafe_b64decode(f"{token}=")
        except ValueError:
            return None
        # Of several texts that decode to the same bytes, ours alone is a token.
        if len(told) != 2 * _BYTES or urlsafe_b64encode(told).decode().rstrip("=") != token:
            return None
        name, proof = told[:_BYTES], told[_BYTES:]
        known = [hmac.compare_digest(proof, _proof(name, key)) for key in self._keys]
        return UUID(bytes=name) if any(known) else None


def _proof(name: bytes, key: bytes) -> bytes:
    return blake2b(name, key=key, digest_size=_BYTES, person=b"invitation").digest()
