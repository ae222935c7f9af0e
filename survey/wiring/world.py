"""Time, identifiers and chance as they are outside tests."""

import secrets
from collections.abc import Callable, MutableSequence
from dataclasses import dataclass
from datetime import UTC, datetime
from random import SystemRandom
from time import monotonic
from typing import Any, Final
from uuid import UUID, uuid4

from survey.domain.references import drawn
from survey.ports import Chance, Clock, Ids, Leases
from survey.ports.letters import Mailer
from survey.services.passwords import OWASP, HashCost

_REFERENCE_LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Digits and letters that cannot be taken for each other when read aloud or written down."""

_REFERENCE_LENGTH: Final = 6


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    async def lease_now(self, leases: Leases) -> datetime:
        return await leases.now() or self.now()


class RandomIds:
    def uuid(self) -> UUID:
        return uuid4()

    def reference(self) -> str:
        number = secrets.randbelow(len(_REFERENCE_LETTERS) ** _REFERENCE_LENGTH)
        letters = ""
        for _ in range(_REFERENCE_LENGTH):
            number, letter = divmod(number, len(_REFERENCE_LETTERS))
            letters += _REFERENCE_LETTERS[letter]
        return f"{letters[:3]}-{letters[3:]}"

    def case_reference(self, length: int) -> str:
        return drawn(length, secrets.randbelow)

    def token(self) -> str:
        return secrets.token_urlsafe(24)


class SystemChance:
    def __init__(self) -> None:
        self._random = SystemRandom()

    def shuffle(self, rows: MutableSequence[Any], /) -> None:
        self._random.shuffle(rows)


@dataclass(frozen=True, slots=True)
class World:
    """Time, identifiers and chance: the parts that tests replace.

    `elapsed` is seconds since some moment; unlike the clock's time it never goes back.
    `hash_cost` is what a password's hash costs; `mailer` sends letters in place of the mail server
    of the settings.
    """

    clock: Clock
    ids: Ids
    chance: Chance
    elapsed: Callable[[], float] = monotonic
    hash_cost: HashCost = OWASP
    mailer: Mailer | None = None


def real_world() -> World:
    return World(SystemClock(), RandomIds(), SystemChance())
