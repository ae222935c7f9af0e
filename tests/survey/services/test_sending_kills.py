"""Senders that die: everybody is sent their message, and hardly anybody twice; A11, A12.

A kill cuts a sender from the database and from the channel at one point, as SIGKILL would; nothing
of it runs after that which anybody could see.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from survey.domain.sending import IN_FLIGHT
from survey.domain.waves import InvitationState
from survey.ports.channels import NotDelivered, Refusal
from survey.services.sending import LEASE, Sender
from tests.support.application import NOON, Running, running
from tests.support.databases import DatabaseKind, fresh_database
from tests.support.outgoing import Sending, a_campaign, invited, rows_of
from tests.support.sending import ALWAYS, Killed, Mortal, Through, Told, a_sender
from tests.support.soaking import Soak

POINTS = {
    "before claim": ("begin 1", 0),
    "after claim": ("commit 1", 0),
    "after begin": ("commit 2", 1),
    "before send": ("send 1", 1),
    "after send, before settle": ("sent 1", 1),
    "after settle": ("commit 3", 1),
}


@pytest.fixture
async def pulse(here: Running) -> Running:
    await here.publish("people-pulse")
    return here


async def live(sender: Sender) -> None:
    """Send until nothing is due, or until killed."""
    with suppress(Killed, BaseExceptionGroup):
        while await sender.send_due():
            pass


async def all_delivered(here: Running, sending: Sending, told: Told) -> Counter[str]:
    """How often each invitation was sent, once all are known to be.

    What was in doubt twice has failed, is listed as that, and goes when somebody tries again.
    """
    times = Counter(str(each.invitation) for each in told.sent)
    async with here.core.begin() as work:
        failed = await work.outbox.failed(sending.wave)
        assert {why for _, why in failed} <= {"in_doubt"}
        await work.outbox.replay([each.id for each, _ in failed], now=here.clock.now())
        await work.commit()
    await live(a_sender(here.core, told, clock=here.clock))
    asked = await invited(here.core, sending.wave)
    assert {each.state for each in asked.values()} == {InvitationState.DELIVERED}
    assert {each.invitation for each in told.sent} == set(sending.invitations)
    return times


@pytest.mark.parametrize("shared", [False, True], ids=["the only sender", "one of several"])
@pytest.mark.parametrize("point", POINTS)
async def test_whatever_the_point_at_which_a_sender_dies_everybody_is_sent_theirs(
    pulse: Running, point: str, shared: bool
) -> None:
    """A11: a repeat for each message that was under way at most, and each is listed."""
    sending = await a_campaign(pulse.core, questionnaire="people-pulse", people=12)
    where, dies_with_one = POINTS[point]
    in_doubt = dies_with_one * (1 if shared else IN_FLIGHT)
    told = Told()
    process = Mortal(pulse.core, lambda passed: passed == where)
    through = Through(process, told)
    await live(a_sender(pulse.core, through, clock=pulse.clock, begin=process, shared=shared))
    assert process.dead

    await live(a_sender(pulse.core, told, clock=pulse.clock))
    pulse.clock.advance(LEASE)
    await live(a_sender(pulse.core, told, clock=pulse.clock))

    times = await all_delivered(pulse, sending, told)
    twice = {each for each, number in times.items() if number > 1}
    rows = await rows_of(pulse.core, sending.wave)
    listed = {str(each) for each, row in rows.items() if row.repeats}
    assert twice <= listed
    assert len(listed) == in_doubt
    assert max(times.values()) <= 2


async def die_at_random(
    here: Running, *, people: int, kills: int, seed: int, senders: int = 4
) -> tuple[int, int]:
    """Several senders, each of which may die at any point; how many repeats, and kills."""
    sending = await a_campaign(here.core, questionnaire="people-pulse", people=people, hours=ALWAYS)
    random, told = Random(seed), Told()
    killed = 0

    def mortal() -> Callable[[str], bool]:
        left = random.randint(1, max(8, 4 * people // kills))

        def dies(_: str) -> bool:
            nonlocal left, killed
            left -= 1
            if left or killed >= kills:
                return False
            killed += 1
            return True

        return dies

    async def process() -> None:
        for _ in range(kills + 1):
            own = Mortal(here.core, mortal())
            sender = a_sender(
                here.core, Through(own, told), clock=here.clock, begin=own, shared=True
            )
            await live(sender)
            if not own.dead:
                return

    while InvitationState.WAITING in {
        each.state for each in (await invited(here.core, sending.wave)).values()
    }:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(senders):
                tasks.create_task(process())
        here.clock.advance(LEASE)
    times = await all_delivered(here, sending, told)
    repeats = sum(times.values()) - len(times)
    rows = await rows_of(here.core, sending.wave)
    listed = {str(each) for each, row in rows.items() if row.repeats}
    assert {each for each, number in times.items() if number > 1} <= listed
    assert max(times.values()) <= 2
    assert repeats <= killed
    return repeats, killed


@pytest.mark.parametrize("seed", [1, 2])
async def test_four_senders_that_die_ten_times_miss_nobody_and_repeat_one_a_kill_at_most(
    pulse: Running, seed: int
) -> None:
    """A11: missed 0, repeats at most one for each kill, with the same invitation, listed."""
    _, killed = await die_at_random(pulse, people=60, kills=10, seed=seed)

    assert killed == 10


@pytest.mark.parametrize(
    "outage",
    [
        timedelta(seconds=1),
        timedelta(seconds=4),
        timedelta(minutes=10),
        timedelta(minutes=31),
        timedelta(hours=25),
        timedelta(days=8),
    ],
    ids=str,
)
@pytest.mark.parametrize("what", ["process", "channel"])
async def test_after_an_outage_of_any_length_nothing_is_in_limbo(
    pulse: Running, outage: timedelta, what: str
) -> None:
    """A12: within a minute of the return all is sent, or said to wait, expired or failed."""
    sending = await a_campaign(
        pulse.core,
        questionnaire="people-pulse",
        people=9,
        hours=ALWAYS,
        closes_at=NOON + timedelta(days=7),
    )
    told = Told()
    back = NOON + outage

    def down(*_: object) -> NotDelivered | None:
        gone = what == "channel" and NOON < pulse.clock.now() < back
        return NotDelivered(Refusal.DOWN, "unreachable") if gone else None

    told.refuse, told.works = down, down
    process = Mortal(pulse.core, lambda passed: what == "process" and passed == "sent 3")
    first = a_sender(pulse.core, Through(process, told), clock=pulse.clock, begin=process)
    if what == "channel":
        pulse.clock.advance(timedelta(milliseconds=1))
        first = a_sender(pulse.core, told, clock=pulse.clock)
    await live(first)
    second = a_sender(pulse.core, told, clock=pulse.clock) if what == "process" else first
    while pulse.clock.now() < back:
        pulse.clock.time = min(back, pulse.clock.now() + max(timedelta(seconds=20), outage / 50))
        if what == "channel":
            await live(second)

    for _ in range(30):
        await pulse.core.waves.close_due()
        await pulse.core.waves.drop_unsent()
        await live(second)
        pulse.clock.advance(timedelta(seconds=20))

    asked = await invited(pulse.core, sending.wave)
    rows = (await rows_of(pulse.core, sending.wave)).values()
    assert {row.settled_at is None for row in rows} == {False}
    over = outage > timedelta(days=7)
    expected = {InvitationState.DELIVERED, *([InvitationState.EXPIRED] if over else [])}
    assert {each.state for each in asked.values()} <= expected
    assert max(Counter(each.invitation for each in told.sent).values(), default=0) <= 2
    if not over:
        assert {each.invitation for each in told.sent} == set(sending.invitations)


async def test_a_schedule_that_changes_between_claim_and_send_is_asked_again(
    pulse: Running,
) -> None:
    """B61: what was claimed under the old plan is looked at anew when it begins."""
    sending = await a_campaign(pulse.core, questionnaire="people-pulse", people=3)
    process = Mortal(pulse.core, lambda passed: passed == "begin 2")
    told = Told()
    await live(a_sender(pulse.core, Through(process, told), clock=pulse.clock, begin=process))
    async with pulse.core.begin() as work:
        campaign = await work.campaigns.get("pulse-2026")
        assert campaign is not None
        later = campaign.plan.hours.model_copy(update={"opens": (NOON + timedelta(hours=4)).time()})
        plan = campaign.plan.model_copy(update={"hours": later})
        await work.campaigns.save(replace(campaign, plan=plan), expected_revision=1)
        await work.commit()
    pulse.clock.advance(LEASE)

    await live(a_sender(pulse.core, told, clock=pulse.clock))

    assert told.sent == []
    asked = await invited(pulse.core, sending.wave)
    assert {each.reason for each in asked.values()} == {"quiet_hours"}


@pytest.mark.soak
def test_two_thousand_people_and_sixty_kills(
    request: pytest.FixtureRequest, tmp_path: Path, soak: Soak
) -> None:
    """A11 at full scale: senders are killed within this process, cut off as by SIGKILL."""

    def one(seed: int) -> Counter[str]:
        covered: Counter[str] = Counter()
        for kind in DatabaseKind:
            folder = tmp_path / f"{kind}-{seed}"
            folder.mkdir()
            with fresh_database(kind, folder, request) as url:
                repeats, kills = asyncio.run(_round(url, folder, seed))
            covered += Counter(
                {f"people on {kind}": 2_000, f"kills on {kind}": kills, "repeats": repeats}
            )
        return covered

    soak.play(one)


async def _round(url: str, folder: Path, seed: int) -> tuple[int, int]:
    async with running(url, folder) as here:
        await here.publish("people-pulse")
        return await die_at_random(here, people=2_000, kills=60, seed=seed)
