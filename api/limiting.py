"""Rate limits: per key and per open link first, per address only as a wide backstop.

A whole school answers from one address, so the address limit is generous; what stops a script is
the limit of the link that it fills.
"""

from dataclasses import dataclass

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from starlette.requests import Request

from api.problems import TooMany
from survey.domain.records import ApiKey


@dataclass(frozen=True, slots=True)
class Rates:
    """Requests a minute."""

    per_key: int = 3_000
    per_link: int = 1_200
    per_address: int = 2_400


class Limits:
    """Counts in this process; several processes each allow as much."""

    def __init__(self, rates: Rates, *, proxies: tuple[str, ...] = ()) -> None:
        # Two counts for each, not a list of every request of the last minute.
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._rates, self._proxies = rates, frozenset(proxies)

    async def key(self, key: ApiKey) -> None:
        """Raises: TooMany."""
        await self._hit(self._rates.per_key, "key", str(key.id))

    async def link(self, questionnaire: str) -> None:
        """Raises: TooMany."""
        await self._hit(self._rates.per_link, "link", questionnaire)

    async def address(self, request: Request) -> None:
        """Raises: TooMany."""
        await self._hit(self._rates.per_address, "address", client_address(request, self._proxies))

    async def _hit(self, rate: int, kind: str, who: str) -> None:
        if not await self._limiter.hit(RateLimitItemPerMinute(rate), kind, who):
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
