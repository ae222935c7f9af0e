"""Keys as files, outside the database and its backups: destroying one forgets for good.

`boxes/<id>.key` is the private key of a box, `months/<purpose>-<year>-<month>.key` the secret key
of a purpose and month; each holds 32 random bytes, mode 0600, in directories of mode 0700.
"""

import os
import re
import secrets
import stat
from collections.abc import Callable
from datetime import date
from pathlib import Path
from time import monotonic
from typing import Final, NamedTuple
from uuid import UUID

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.secret import SecretBox

from survey.errors import CannotStart

SETTING: Final = "TELLBACK_KEY_DIR"
SMALLEST: Final = 1024
"""Bytes of the smallest padded content; each further size is four times the one before."""

KEPT_SECONDS: Final = 30.0
"""How long a month's key is used from memory; one that another process destroys is gone by then."""

_MOST_KEPT: Final = 8
_LENGTH: Final = 4
_KEY: Final = 32
_NAME: Final = re.compile(r"([a-z]+)-([0-9]{4}-[0-9]{2})")


class FileKeys:
    """Implements `survey.ports.Keys`; several processes may share one directory."""

    def __init__(self, directory: Path, elapsed: Callable[[], float] = monotonic) -> None:
        """Make the directory where it is missing.

        `elapsed` gives seconds since some moment, and never goes back.

        Raises: CannotStart, where it cannot be made or others may look into it.
        """
        self._boxes, self._months = directory / "boxes", directory / "months"
        self._elapsed = elapsed
        self._kept: dict[str, _Kept] = {}
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            places = (self._boxes, self._months)
            for place in places:
                place.mkdir(mode=0o700, exist_ok=True)
            open_to = {stat.S_IMODE(place.stat().st_mode) & 0o077 for place in places}
        except OSError as error:
            raise CannotStart(
                f"the directory in {SETTING} cannot be made or written: change its owner or mode"
            ) from error
        if any(open_to):
            raise CannotStart(
                f"a folder inside the directory in {SETTING} is open to other users: "
                "chmod -R go-rwx closes it"
            )

    def create_box(self, box: UUID) -> bytes:
        private = _make_or_read(self._box(box), bytes(PrivateKey.generate()))
        return bytes(PrivateKey(private).public_key)

    def seal(self, public_key: bytes, content: bytes) -> bytes:
        """Pad to one of few sizes, so that the length of a comment cannot be told, and seal."""
        return SealedBox(PublicKey(public_key)).encrypt(_padded(content))

    def open(self, box: UUID, sealed: bytes) -> bytes:
        """Raises: KeyError, when the private key is gone; ValueError, when the bytes are not for
        this box or were changed."""
        private = PrivateKey(_read(self._box(box)))
        try:
            return _unpadded(SealedBox(private).decrypt(sealed))
        except CryptoError as error:
            raise ValueError("not sealed for this box") from error

    def destroy_box(self, box: UUID) -> None:
        _destroy(self._box(box))

    def encrypt(self, purpose: str, month: date, content: bytes) -> tuple[str, bytes]:
        """Padded as in a box: the length of a draft that was backed up is a fingerprint too."""
        name = f"{purpose}-{month:%Y-%m}"
        return name, bytes(self._of(name, _made_or_read).encrypt(_padded(content)))

    def decrypt(self, key_name: str, content: bytes) -> bytes:
        """Raises: KeyError, when that key is gone; ValueError, when the bytes were changed."""
        key = self._of(key_name, _read)
        try:
            return _unpadded(key.decrypt(content))
        except CryptoError as error:
            raise ValueError("not encrypted with this key") from error

    def destroy_before(self, purpose: str, month: date) -> None:
        for path in self._months.glob(f"{purpose}-*.key"):
            name = _NAME.fullmatch(path.stem)
            if name and name[1] == purpose and name[2] < f"{month:%Y-%m}":
                _destroy(path)
                self._kept.pop(path.stem, None)

    def _of(self, name: str, read: Callable[[Path], bytes]) -> SecretBox:
        """A month's key, from memory for a while. Raises: what `read` raises."""
        now = self._elapsed()
        kept = self._kept.get(name)
        if kept is not None and now < kept.until:
            return kept.key
        # First forgotten: one whose file is gone is to stay in memory no longer than it is used.
        left = {each: key for each, key in tuple(self._kept.items()) if now < key.until}
        self._kept = left if len(left) < _MOST_KEPT else {}
        key = SecretBox(read(self._month(name)))
        self._kept[name] = _Kept(key, now + KEPT_SECONDS)
        return key

    def _box(self, box: UUID) -> Path:
        return self._boxes / f"{box}.key"

    def _month(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise KeyError(name)
        return self._months / f"{name}.key"


class _Kept(NamedTuple):
    key: SecretBox
    until: float


def _padded(content: bytes) -> bytes:
    """Length, content, zeros: 1,024 bytes in all, or four times, sixteen times as many."""
    size = SMALLEST
    while size < _LENGTH + len(content):
        size *= 4
    return (len(content).to_bytes(_LENGTH, "big") + content).ljust(size, b"\0")


def _unpadded(padded: bytes) -> bytes:
    length = int.from_bytes(padded[:_LENGTH], "big")
    return padded[_LENGTH : _LENGTH + length]


def _made_or_read(path: Path) -> bytes:
    return _make_or_read(path, secrets.token_bytes(_KEY))


def _make_or_read(path: Path, fresh: bytes) -> bytes:
    """The key in the file; where there is none, `fresh`, on disk before anybody can use it.

    A link is made whole or not at all: of two processes, the slower one reads the other's key.
    """
    try:
        return _read(path)
    except KeyError:
        pass
    written = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(fresh)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(written, path)
    except FileExistsError:
        return _read(path)
    finally:
        written.unlink()
        _flush(path.parent)
    return fresh


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise KeyError(path.stem) from None


def _destroy(path: Path) -> None:
    """Overwrite, then remove; one that is gone already is as good."""
    try:
        with path.open("r+b") as file:
            file.write(secrets.token_bytes(_KEY))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
    except FileNotFoundError:
        return
    _flush(path.parent)


def _flush(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
