"""Tokens of invitations and cases: the id and a keyed hash of it, so that nothing need be kept.

32 bytes, of which 128 bits nobody can guess: 43 characters that are safe in a web address and, with
two before them, in a link to the bot (at most 64); or 52 letters and digits of one case for the
address that a letter is answered to, since some mail programs write addresses in small letters.
"""

import hmac
from base64 import b32decode, b32encode, urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2b
from typing import Final
from uuid import UUID

INVITATION: Final = "i_"
"""How a link to the bot begins that leads to an invitation."""

CASE: Final = "c_"
"""How a link to the bot begins that leads to a case."""

_BYTES: Final = 16
_LENGTH: Final = 43
_LETTERS: Final = 52


class Links:
    """Makes and reads tokens of one kind; `previous` keys are from before the secret was changed.

    `kind` goes into each hash: no token of one kind is one of another.
    """

    def __init__(self, kind: str, key: bytes, *previous: bytes) -> None:
        self._kind, self._keys = kind.encode(), (key, *previous)

    def token(self, of: UUID) -> str:
        return urlsafe_b64encode(self._made(of)).decode().rstrip("=")

    def read(self, token: str) -> UUID | None:
        """What a token of ours leads to; None for any other text."""
        if len(token) != _LENGTH or not token.isascii():
            return None
        try:
            told = urlsafe_b64decode(f"{token}=")
        except ValueError:
            return None
        # Of several texts that decode to the same bytes, ours alone is a token.
        if urlsafe_b64encode(told).decode().rstrip("=") != token:
            return None
        return self._read(told)

    def for_address(self, of: UUID) -> str:
        """The same as small letters and digits."""
        return b32encode(self._made(of)).decode().rstrip("=").lower()

    def from_address(self, text: str) -> UUID | None:
        """What such letters lead to, in either case; None for any other text."""
        if len(text) != _LETTERS or not text.isascii():
            return None
        try:
            told = b32decode(f"{text.upper()}====")
        except ValueError:
            return None
        if b32encode(told).decode().rstrip("=") != text.upper():
            return None
        return self._read(told)

    def _made(self, of: UUID) -> bytes:
        return of.bytes + self._proof(of.bytes, self._keys[0])

    def _read(self, told: bytes) -> UUID | None:
        if len(told) != 2 * _BYTES:
            return None
        name, proof = told[:_BYTES], told[_BYTES:]
        known = [hmac.compare_digest(proof, self._proof(name, key)) for key in self._keys]
        return UUID(bytes=name) if any(known) else None

    def _proof(self, name: bytes, key: bytes) -> bytes:
        return blake2b(name, key=key, digest_size=_BYTES, person=self._kind).digest()
