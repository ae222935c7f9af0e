"""How often something may go wrong: counted in the database, so that all processes count together.

A window begins with its first failure and is over by itself; whoever wants to lock somebody out
has to go on for ever, and a link by e-mail still lets the owner in.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from survey.errors import TooManyTries
from survey.ports import Clock, UnitOfWork
from survey.services.keyed import Digests


@dataclass(frozen=True, slots=True)
class Limit:
    """So many within a window; `scope` names what is counted."""

    scope: str
    most: int
    window: timedelta


_QUARTER: Final = timedelta(minutes=15)

PASSWORDS: Final = Limit("password", 10, _QUARTER)
"""Wrong passwords for one e-mail address, whether or not it has an account."""

ADDRESSES: Final = Limit("address", 100, _QUARTER)
"""Wrong passwords from one place in the network, where a whole body may sit."""

CODES: Final = Limit("code", 10, _QUARTER)
"""Wrong codes for one account."""

CODES_OF_A_SESSION: Final = Limit("session", 5, _QUARTER)
"""Wrong codes before the first factor has to be given anew."""

LETTERS: Final = Limit("letter", 3, timedelta(hours=1))
"""Letters of one kind that somebody may have sent to an e-mail address."""


class Tries:
    def __init__(self, clock: Clock, digests: Digests) -> None:
        self._clock, self._digests = clock, digests

    async def count(self, work: UnitOfWork, limit: Limit, who: str, *, by: int = 1) -> int:
        """Count so many more; how many there are then, whether or not that is over the limit."""
        now = self._clock.now()
        return await work.tries.note(
            limit.scope,
            self._digests.of(who.encode("utf-8", "surrogatepass")),
            now=now,
            since=now - limit.window,
            by=by,
        )

    async def claim(self, work: UnitOfWork, limit: Limit, who: str) -> None:
        """Count a try before it is made, so that no number of them at once gets past the limit.

        Raises: TooManyTries; then the unit of work has nothing to keep.
        """
        if await self.count(work, limit, who) > limit.most:
            raise TooManyTries(int(limit.window.total_seconds()))

    async def require_room(self, work: UnitOfWork, limit: Limit, who: str) -> None:
        """Raises: TooManyTries."""
        digest = self._digests.of(who.encode("utf-8", "surrogatepass"))
        since = self._clock.now() - limit.window
        if await work.tries.failed(limit.scope, digest, since=since) >= limit.most:
            raise TooManyTries(int(limit.window.total_seconds()))

    async def forget(self, work: UnitOfWork, limit: Limit, who: str) -> None:
        """It went well after all."""
        digest = self._digests.of(who.encode("utf-8", "surrogatepass"))
        await work.tries.forget(limit.scope, digest)
