"""What is derived from the installation's secret: ciphers and keyed hashes.

Each is made for one purpose from the secret of now and, after a change, that of before: what was
written under either is read.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

_KEY: Final = SecretBox.KEY_SIZE


class Sealing:
    """Encrypts with the key of now, decrypts with any of them."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """`keys`: 32 bytes or more each, the one of now first."""
        self._boxes = tuple(SecretBox(key[:_KEY]) for key in keys)

    def seal(self, content: bytes) -> bytes:
        return bytes(self._boxes[0].encrypt(content))

    def open(self, sealed: bytes) -> tuple[bytes, bool]:
        """The content, and whether it is sealed with the key of now.

        Raises: KeyError, where its key is gone, or it was never sealed.
        """
        for box in self._boxes:
            try:
                return box.decrypt(sealed), box is self._boxes[0]
            except (CryptoError, ValueError):
                continue
        raise KeyError("the key of an earlier secret")


class Digests:
    """Keyed hashes: whoever reads the table cannot try what was hashed."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """`keys`: the one of now first."""
        self._keys = tuple(keys)

    def of(self, content: bytes) -> bytes:
        """32 bytes, by the key of now."""
        return self.all_of(content)[0]

    def all_of(self, content: bytes) -> list[bytes]:
        """By each of the keys, the one of now first."""
        return [hmac.digest(key, content, hashlib.sha256) for key in self._keys]


@dataclass(frozen=True, slots=True)
class SignInKeys:
    """What a second factor is encrypted and hashed with."""

    totp: Sealing
    new_totp: Digests
    recovery: Digests
