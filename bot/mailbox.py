"""Where updates are put, by whichever way they come: stored before anybody is told so.

An update that cannot be told from others (no JSON, a name twice, no number of its own) is stored
too, parked from the beginning under a number made from its bytes: it can be looked at, and comes
in once however often it is sent.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final

import structlog

from survey.domain.calendar import local_month
from survey.domain.records import InboxRow, UpdateKey
from survey.wiring import Application

MALFORMED: Final = "malformed"

_DEEPEST: Final = 100
_LARGEST_ID: Final = 2**62
"""Telegram's own numbers are far below; those that we make up are above."""

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")

_log = structlog.get_logger()


class Mailbox:
    """The stored updates of one bot, as those see it who bring them."""

    def __init__(self, core: Application, *, bot: int) -> None:
        self._core = core
        self._listeners: list[Callable[[], object]] = []
        self.bot = bot

    def tell(self, listener: Callable[[], object]) -> None:
        """Call the listener whenever something was kept here."""
        self._listeners.append(listener)

    async def keep(self, updates: Sequence[Mapping[str, Any]]) -> None:
        """Store the updates, encrypted; known ones change nothing. Raises: Busy."""
        await self._store([(json.dumps(each).encode(), each) for each in updates])

    async def keep_raw(self, body: bytes) -> None:
        """Store one update as it came over the line. Raises: Busy."""
        await self._store([(body, read_update(body))])

    async def _store(self, updates: Sequence[tuple[bytes, Mapping[str, Any] | None]]) -> None:
        now = await self._now()
        month = local_month(now, self._core.settings.zone)
        rows = []
        for body, update in updates:
            payload_key, payload = self._core.keys.encrypt("inbox", month, body)
            numbered = update is not None and is_numbered(update)
            number = update["update_id"] if update and numbered else _number_of(body)
            rows.append(
                InboxRow(
                    UpdateKey(self.bot, number),
                    sender(update or {}),
                    payload,
                    payload_key,
                    now,
                    parked=None if numbered else MALFORMED,
                )
            )
        await self._core.writer.keep(rows)
        for row in rows:
            if row.parked:
                _log.error("update_parked", update=row.key.update_id, code=row.parked)
        for listener in self._listeners:
            listener()

    async def _now(self) -> datetime:
        """Several machines may bring updates: one clock says in which order they came."""
        if not self._core.leases.shared:
            return self._core.clock.now()
        async with self._core.begin.read() as work:
            return await self._core.clock.lease_now(work.leases)


def read_update(body: bytes) -> Mapping[str, Any] | None:
    """The update in a request's body; None where it cannot be read, or in more than one way."""
    try:
        # As UTF-8 and nothing else: the reader would take other encodings, whose brackets the
        # bound does not see.
        text = body.decode()
        if _depth(body) > _DEEPEST:
            return None
        read = json.loads(text, object_pairs_hook=_once_each, parse_constant=_no_number)
    except ValueError:
        return None
    return read if isinstance(read, dict) else None


def _depth(body: bytes) -> int:
    """An upper bound of the nesting, counted before anything recurses."""
    deepest = here = 0
    for bracket in _BRACKET.findall(_STRING.sub(b"", body)):
        here += 1 if bracket in b"[{" else -1
        deepest = max(deepest, here)
    return deepest


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name twice")
    return found


def _no_number(text: str) -> None:
    raise ValueError(text)


def is_numbered(update: Mapping[str, Any]) -> bool:
    """Whether the update has a number by which it can be told from others."""
    number = update.get("update_id")
    return type(number) is int and 0 <= number < _LARGEST_ID


def _number_of(body: bytes) -> int:
    digest = blake2b(body, digest_size=8).digest()
    return _LARGEST_ID + int.from_bytes(digest) % _LARGEST_ID


def sender(update: Mapping[str, Any]) -> int:
    """Whose update it is; 0 where it is nobody's."""
    for content in update.values():
        author = content.get("from") if isinstance(content, dict) else None
        if isinstance(author, dict) and type(author.get("id")) is int:
            number = int(author["id"])
            return number if abs(number) < _LARGEST_ID else 0
    return 0
