"""Passwords as they are kept: argon2id, in threads, a few at a time.

Checking one costs memory and time on purpose; more than a few at once would let strangers who try
sign-ins slow everything else down.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, NoReturn, TypeVar

from pwdlib.hashers.argon2 import Argon2Hasher

from survey.domain.passwords import LONGEST, fault_of, normalised
from survey.errors import Fault, FieldsRejected

AT_ONCE: Final = 2

FIELD: Final = "password"

T = TypeVar("T")

_MESSAGES: Final = {
    "missing": "choose a password",
    "too_short": "use 12 characters or more",
    "too_long": "use 128 characters or fewer",
    "common": "choose one that is harder to guess, such as three or four words of your own",
}


@dataclass(frozen=True, slots=True)
class HashCost:
    """What one hash costs: `memory` in KiB, rounds, threads; no less than OWASP asks for.

    Source: OWASP Password Storage Cheat Sheet (argon2id: 19 MiB, 2 rounds, 1 thread).
    """

    memory: int = 19 * 1024
    rounds: int = 2
    threads: int = 1


OWASP: Final = HashCost()


class Passwords:
    def __init__(self, cost: HashCost) -> None:
        self._hasher = Argon2Hasher(
            time_cost=cost.rounds, memory_cost=cost.memory, parallelism=cost.threads
        )
        self._places = asyncio.Semaphore(AT_ONCE)
        self._nobodys: str | None = None

    async def hash(self, password: str) -> str:
        """What is kept of it."""
        plain = _plain(password)
        return await self._in_a_thread(lambda: self._hasher.hash(plain))

    async def matches(self, password: str, kept: str | None) -> bool:
        """Whether it is the one of which this is kept; where nothing is, that takes as long."""
        if self._nobodys is None:
            self._nobodys = await self.hash("")
        plain, against = _plain(password), kept or self._nobodys
        same = await self._in_a_thread(lambda: self._hasher.verify(plain, against))
        return same and kept is not None and len(normalised(password)) <= LONGEST

    async def _in_a_thread(self, work: Callable[[], T]) -> T:
        async with self._places:
            return await asyncio.to_thread(work)


def _plain(password: str) -> bytes:
    """What is hashed: no more of it than the longest password has."""
    return normalised(password)[:LONGEST].encode("utf-8", "surrogatepass")


def require_good(password: str, *, about: Iterable[str]) -> None:
    """Raises: FieldsRejected, where nobody should have this password (`fault_of`)."""
    if fault := fault_of(password, about=about):
        reject(fault)


def reject(code: str) -> NoReturn:
    """Raises: FieldsRejected, with what to do about the password."""
    raise FieldsRejected([Fault((FIELD,), code, _MESSAGES[code])])
