"""Files of JSON lines that only grow, beside the keys: outside the database and its backups."""

import fcntl
import json
import os
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from survey.domain.audit import Anchor

AUDIT_HEADS: Final = "audit-heads.jsonl"
ERASURES: Final = "erasures.jsonl"


class Ledger:
    """One such file; several processes may append to it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, line: Mapping[str, Any]) -> int:
        """Add a line and say how many there are now; it is on disk when this returns.

        Raises: OSError.
        """
        existed = self._path.exists()
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            before = file.read()
            # A line that a crash cut off stays what it is, and spoils no other.
            gap = b"\n" if before and not before.endswith(b"\n") else b""
            file.write(gap + json.dumps(dict(line), sort_keys=True).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        if not existed:
            _flush(self._path.parent)
        return len(_read(before)) + 1

    def lines(self) -> Sequence[Mapping[str, Any]]:
        """All whole lines; none where there is no file."""
        try:
            return _read(self._path.read_bytes())
        except FileNotFoundError:
            return []

    def stamp(self) -> tuple[int, int]:
        """Changes whenever the file does: its size and the time of its last change."""
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return 0, 0
        return status.st_size, status.st_mtime_ns


class FileAnchors:
    """Implements `survey.ports.audit.Anchors`."""

    def __init__(self, directory: Path) -> None:
        self._ledger = Ledger(directory / AUDIT_HEADS)

    def all(self) -> Sequence[Anchor]:
        return [
            Anchor(
                day=date.fromisoformat(line["day"]),
                number=line["number"],
                digest=bytes.fromhex(line["digest"]),
                restored=line.get("restored", False),
            )
            for line in self._ledger.lines()
        ]

    def put(self, anchor: Anchor) -> None:
        self._ledger.append(
            {
                "day": anchor.day.isoformat(),
                "number": anchor.number,
                "digest": anchor.digest.hex(),
                **({"restored": True} if anchor.restored else {}),
            }
        )


class FileErasures:
    """Implements `survey.ports.rights.ErasureList`."""

    def __init__(self, directory: Path) -> None:
        self._ledger = Ledger(directory / ERASURES)

    def add(self, day: date, tokens: Collection[str]) -> int:
        return self._ledger.append({"day": day.isoformat(), "erased": sorted(tokens)})

    def lines(self) -> Sequence[frozenset[str]]:
        return [frozenset(line["erased"]) for line in self._ledger.lines()]

    def stamp(self) -> tuple[int, int]:
        return self._ledger.stamp()


def _read(content: bytes) -> list[Mapping[str, Any]]:
    lines: list[Mapping[str, Any]] = []
    for line in content.splitlines():
        try:
            read = json.loads(line)
        except ValueError:
            continue
        if isinstance(read, dict):
            lines.append(read)
    return lines


def _flush(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
