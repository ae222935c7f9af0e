"""Who was erased: remembered outside the database, so that no backup and no file brings them back.

The list holds keyed hashes, a line for each erasure: nobody can read from it who it was, and
whoever comes can be compared with it. A line is on disk before the erasure is kept; one that a
crash left undone is done at the next start, before anybody is let in.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import date
from hashlib import blake2b
from typing import Final

from survey.domain.people import Person
from survey.domain.records import owner_of
from survey.domain.rights import Trace
from survey.ports.rights import ErasureList

_DIGEST_BYTES: Final = 16


class Erasures:
    """Implements the port of the same name for whoever adds people.

    `previous` keys are those from before the secret was changed.
    """

    def __init__(self, listed: ErasureList, key: bytes, *previous: bytes) -> None:
        self._list, self._key, self._keys = listed, key, (key, *previous)
        self._held: frozenset[str] = frozenset()
        self._stamp: tuple[int, int] | None = None

    async def among(self, people: Mapping[str, str]) -> AbstractSet[str]:
        return await asyncio.to_thread(self._among, people)

    async def add(self, day: date, person: Person, trace: Trace) -> int:
        """Remember them; how many lines the list has now."""
        addresses = {f"email\n{each}" for each in trace.addresses}
        words = {f"key\n{person.key}", *addresses, *_words(trace)}
        tokens = {self._token(word, self._key) for word in words}
        return await asyncio.to_thread(self._list.add, day, tokens)

    async def lines(self) -> int:
        return len(await asyncio.to_thread(self._list.lines))

    async def traced(self, everybody: AsyncIterator[Trace], *, after: int) -> Trace:
        """Those of everybody whom the lines after this number name, as one trace."""
        lines = await asyncio.to_thread(self._list.lines)
        held = frozenset[str]().union(*lines[after:])
        found = Trace()
        async for one in everybody:
            if any(token in held for word in _words(one) for token in self._tokens(word)):
                found = _together(found, one)
        return found

    def _among(self, people: Mapping[str, str]) -> AbstractSet[str]:
        held = self._all()
        if not held:
            return frozenset()
        return {
            key
            for key, email in people.items()
            for word in (f"key\n{key}", *([f"email\n{email.casefold()}"] if email else []))
            if any(token in held for token in self._tokens(word))
        }

    def _all(self) -> frozenset[str]:
        """Read anew only where the list has changed."""
        stamp = self._list.stamp()
        if stamp != self._stamp:
            self._held = frozenset[str]().union(*self._list.lines())
            self._stamp = stamp
        return self._held

    def _tokens(self, word: str) -> Iterator[str]:
        return (self._token(word, key) for key in self._keys)

    @staticmethod
    def _token(word: str, key: bytes) -> str:
        told = word.encode("utf-8", "surrogatepass")
        return blake2b(told, key=key, digest_size=_DIGEST_BYTES).hexdigest()


def _words(trace: Trace) -> Collection[str]:
    """What may be compared. An address alone names nobody: several people may share one."""
    owners = trace.owners | {owner_of(bot, user) for bot, user in trace.chats}
    return [
        *(f"person\n{each}" for each in trace.people),
        *(f"account\n{each}" for each in trace.accounts),
        *(f"owner\n{each}" for each in owners),
        *(f"participant\n{each}" for each in trace.participants),
        *(f"email\n{each}" for each in trace.addresses if not trace.people),
    ]


def _together(one: Trace, other: Trace) -> Trace:
    return Trace(
        people=one.people | other.people,
        accounts=one.accounts | other.accounts,
        chats=one.chats | other.chats,
        owners=one.owners | other.owners,
        participants=one.participants | other.participants,
        addresses=one.addresses | other.addresses,
    )
