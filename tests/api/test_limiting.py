"""Rate limits: whose requests are refused, and what the counting costs."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from api.limiting import Limits, Rates
from api.problems import TooMany
from survey.domain.records import ApiKey


def a_key() -> ApiKey:
    return ApiKey(
        id=uuid4(),
        name="test",
        digest=uuid4().bytes,
        scopes=frozenset(),
        created_at=datetime(2026, 5, 14, tzinfo=UTC),
    )


async def test_what_goes_beyond_the_rate_is_refused_and_nobody_else_with_it() -> None:
    limits, busy, other = Limits(Rates(per_key=5)), a_key(), a_key()
    for _ in range(5):
        await limits.key(busy)

    with pytest.raises(TooMany):
        await limits.key(busy)

    await limits.key(other)


async def test_a_busy_key_takes_no_more_memory_than_a_quiet_one() -> None:
    limits, key = Limits(Rates(per_key=10_000)), a_key()
    storage: Any = limits._limiter.storage

    def kept() -> int:
        return len(storage.storage) + sum(map(len, storage.events.values()))

    await limits.key(key)
    quiet = kept()
    for _ in range(500):
        await limits.key(key)

    # The minute may turn meanwhile, and with it the count that is added to.
    assert kept() <= quiet + 1
