"""Rate limits: per key and per open link first, per address only as a wide backstop.

A whole school answers from one address, so the address limit is generous; what stops a script is
the limit of the link that it fills. The counting is our own: that of the library `limits` walks
through everybody whom it knows at each request, so that many addresses make every request slow.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, fields
from ipaddress import IPv6Address, ip_address
from time import monotonic
from typing import Final, Self
from weakref import WeakValueDictionary

from starlette.requests import Request

from api.problems import TooMany
from survey.domain.records import ApiKey
from survey.errors import FeedbackError

MOST_KNOWN: Final = 100_000
"""Most addresses (links, keys) that are counted at a time; each costs about 200 bytes."""

_NETWORK_BITS: Final = 64
"""Of an IPv6 address: whoever has one has all that begin so."""

_MINUTE: Final = 60.0
_LATER: Final = 30
"""Seconds after which who found no place may try again."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Requests a minute.

    `per_visitor` and `per_source` (an address) are posts to one form that is open to anybody, fewer
    than the form takes of all together (`per_link`); `uploads` are bodies with files of an address.
    """

    per_key: int = 3_000
    per_link: int = 1_200
    per_address: int = 2_400
    wrong_links: int = 10
    papers: int = 10
    per_visitor: int = 120
    per_source: int = 300
    uploads: int = 60

    @classmethod
    def all(cls, rate: int) -> Self:
        """The same of everything."""
        return cls(*[rate] * len(fields(cls)))


class Counts:
    """How often each came within the last minute, by two numbers for each and not a list.

    What came in the minute before this one counts by the share of it that is still within the
    last sixty seconds (a sliding window counter).
    """

    def __init__(self, rate: int, elapsed: Callable[[], float]) -> None:
        self._rate, self._elapsed = rate, elapsed
        self._minute = 0.0
        self._before: dict[Hashable, int] = {}
        self._now: dict[Hashable, int] = {}

    @property
    def known(self) -> int:
        """How many are counted."""
        return len(self._before) + len(self._now)

    def full(self, who: Hashable) -> bool:
        """Whether one more would be too many."""
        return self._room(who) < 1

    def hit(self, who: Hashable) -> bool:
        """Count one more; False, and nothing is counted, where that is too many."""
        if self._room(who) < 1:
            return False
        count = self._now.get(who, 0)
        if not count and len(self._now) >= MOST_KNOWN:
            # So many requests buy one more minute's worth: not what a script is after.
            self._now = {}
        self._now[who] = count + 1
        return True

    def _room(self, who: Hashable) -> int:
        """How many more there may be."""
        minute, seconds = divmod(self._elapsed(), _MINUTE)
        if minute != self._minute:
            self._before = self._now if minute == self._minute + 1 else {}
            self._now, self._minute = {}, minute
        left = 1 - seconds / _MINUTE
        return self._rate - self._now.get(who, 0) - int(self._before.get(who, 0) * left)


class NoPlace(FeedbackError):
    """So many send files that these were not read; `seconds` until the next try."""

    code = "no_place"

    def __init__(self, seconds: int) -> None:
        super().__init__(f"retry after {seconds} s")
        self.seconds = seconds


class Places:
    """For bodies with files that are read and looked at at a time: each waits on the disk.

    Args:
        most: places of all, and `of_one` of them of one address, so that some are left for others.
        patience: seconds for which a body waits for its place.
    """

    def __init__(self, *, most: int = 4, of_one: int = 2, patience: float = 10) -> None:
        self._all, self._of_one, self._patience = asyncio.Semaphore(most), of_one, patience
        self._addresses = WeakValueDictionary[str, asyncio.Semaphore]()

    @asynccontextmanager
    async def of(self, address: str) -> AsyncIterator[None]:
        """Raises: NoPlace."""
        own = self._addresses.setdefault(address, asyncio.Semaphore(self._of_one))
        async with AsyncExitStack() as place:
            try:
                async with asyncio.timeout(self._patience):
                    await place.enter_async_context(own)
                    await place.enter_async_context(self._all)
            except TimeoutError:
                raise NoPlace(_LATER) from None
            yield


class Limits:
    """Counts in this process; several processes each allow as much.

    Args:
        elapsed: seconds since some moment, which never goes back.
    """

    def __init__(
        self,
        rates: Rates,
        *,
        proxies: tuple[str, ...] = (),
        elapsed: Callable[[], float] = monotonic,
    ) -> None:
        self._keys = Counts(rates.per_key, elapsed)
        self._links = Counts(rates.per_link, elapsed)
        self._addresses = Counts(rates.per_address, elapsed)
        self._wrong_links = Counts(rates.wrong_links, elapsed)
        self._papers = Counts(rates.papers, elapsed)
        self._visitors = Counts(rates.per_visitor, elapsed)
        self._sources = Counts(rates.per_source, elapsed)
        self._uploads = Counts(rates.uploads, elapsed)
        self._places = Places()
        self._proxies = frozenset(proxies)

    def key(self, key: ApiKey) -> None:
        """Raises: TooMany."""
        _hit(self._keys, key.id)

    def link(self, questionnaire: str) -> None:
        """Raises: TooMany."""
        _hit(self._links, questionnaire)

    def form(self, name: str, visitor: str, request: Request) -> None:
        """A post to a form that is open to anybody: of one visitor, of one address, of all.

        Who sends too much is stopped before it counts for anybody else. Raises: TooMany.
        """
        _hit(self._visitors, (name, visitor))
        _hit(self._sources, (name, self.source(request)))
        _hit(self._links, name)

    @asynccontextmanager
    async def place(self, request: Request) -> AsyncIterator[None]:
        """For a body with files, before it is read. Raises: TooMany, NoPlace."""
        address = self.source(request)
        _hit(self._uploads, address)
        async with self._places.of(address):
            yield

    def paper(self, whose: str) -> None:
        """Files that take a while to make. Raises: TooMany."""
        _hit(self._papers, whose)

    def address(self, request: Request) -> None:
        """Raises: TooMany."""
        _hit(self._addresses, self.source(request))

    def source(self, request: Request) -> str:
        """The address that a request came from; of IPv6 its network."""
        return network_of(client_address(request, self._proxies))

    def may_try_links(self, request: Request) -> None:
        """Refuse who has tried too many links that lead nowhere. Raises: TooMany."""
        if self._wrong_links.full(self.source(request)):
            raise TooMany(60)

    def wrong_link(self, request: Request) -> None:
        """Count a link that leads nowhere."""
        self._wrong_links.hit(self.source(request))


def _hit(counts: Counts, who: Hashable) -> None:
    if not counts.hit(who):
        raise TooMany(60)


def client_address(request: Request, proxies: frozenset[str]) -> str:
    """Whose request it is; X-Forwarded-For counts only from a trusted proxy, from the right."""
    address = request.client.host if request.client else ""
    if address not in proxies:
        return address
    for hop in reversed(request.headers.get("x-forwarded-for", "").split(",")):
        if hop.strip() and hop.strip() not in proxies:
            return hop.strip()
    return address


def network_of(address: str) -> str:
    """Who is counted for it: an IPv4 address by itself, one of IPv6 by the /64 that it is of."""
    try:
        read = ip_address(address)
    except ValueError:
        return address
    if not isinstance(read, IPv6Address):
        return address
    if read.ipv4_mapped is not None:
        return str(read.ipv4_mapped)
    below = 128 - _NETWORK_BITS
    return f"{IPv6Address(int(read) >> below << below)}/{_NETWORK_BITS}"
