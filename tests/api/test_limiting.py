"""Rate limits: whose requests are refused, and what the counting costs."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from starlette.requests import Request

from api import limiting
from api.limiting import Counts, Limits, Rates, network_of
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


class Time:
    """Seconds that tests turn."""

    def __init__(self) -> None:
        self.seconds = 3_600.0

    def __call__(self) -> float:
        return self.seconds


def allowed(counts: Counts, who: str, tries: int) -> int:
    return sum(counts.hit(who) for _ in range(tries))


def test_what_goes_beyond_the_rate_is_refused_and_nobody_else_with_it() -> None:
    limits, busy, other = Limits(Rates(per_key=5), elapsed=Time()), a_key(), a_key()
    for _ in range(5):
        limits.key(busy)

    with pytest.raises(TooMany):
        limits.key(busy)

    limits.key(other)


@pytest.mark.parametrize(
    ("seconds", "again"), [(0, 0), (59, 0), (60, 0), (66, 1), (90, 5), (105, 8), (120, 10)]
)
def test_what_was_used_up_comes_back_in_the_minute_after(seconds: float, again: int) -> None:
    time = Time()
    counts = Counts(10, time)
    allowed(counts, "one", 10)

    time.seconds += seconds

    assert allowed(counts, "one", 20) == again


def test_what_is_refused_does_not_count() -> None:
    time = Time()
    counts = Counts(10, time)
    allowed(counts, "one", 1_000)

    time.seconds += 120

    assert allowed(counts, "one", 20) == 10


def test_a_busy_key_takes_no_more_memory_than_a_quiet_one() -> None:
    counts = Counts(10_000, Time())

    allowed(counts, "one", 500)

    assert counts.known == 1


def test_who_has_not_come_for_two_minutes_is_forgotten() -> None:
    time = Time()
    counts = Counts(10, time)
    for number in range(50):
        counts.hit(str(number))

    time.seconds += 120
    counts.hit("one")

    assert counts.known == 1


def test_ever_new_addresses_fill_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiting, "MOST_KNOWN", 100)
    counts = Counts(10, Time())

    for number in range(1_000):
        counts.hit(str(number))

    assert counts.known <= 100


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("somewhere", "somewhere"),
    ],
)
def test_whoever_has_many_addresses_of_ipv6_is_counted_once(address: str, counted: str) -> None:
    assert network_of(address) == counted
    assert Limits(Rates()).source(of_address(address)) == counted


def of_address(name: str) -> Request:
    return Request({"type": "http", "client": (name, 1), "headers": []})
