"""Waves end: closing wins over whatever is on its way."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import uuid4

from sqlalchemy import update

from survey.db.tables import deliveries
from survey.domain.campaign import CampaignState
from survey.domain.questionnaire import Privacy
from survey.domain.waves import InvitationState, Outcome, WaveState
from survey.services.endings import Endings
from survey.services.intake import Answers
from tests.support.application import NOON, Running, TestClock
from tests.survey.services.campaigning import (
    campaign,
    invitation,
    messages,
    person,
    plan,
    put,
    sent,
    states,
    the_wave,
    wave,
)

ANSWERS = Answers("oakfield", "en", {"pride": 4})
FORTNIGHT = timedelta(days=14)


async def set_up(here: Running, **given: object) -> None:
    """A campaign with an open wave."""
    await here.publish("people-pulse")
    await put(here, campaigns=[campaign(plan(), **given)], waves=[wave()])


async def answer(here: Running, count: int, *, privacy: Privacy | None = None) -> None:
    listed = await here.core.catalogue.get("people-pulse")
    first = wave() if privacy is None else replace(wave(), privacy=privacy)
    for _ in range(count):
        await here.core.writer.submit(
            await here.core.boxes._intake.submission(
                listed.published.in_wave(first), ANSWERS, wave=first
            )
        )


async def responses(here: Running) -> list[tuple[date, str]]:
    async with here.core.begin.read(one_state=True) as work:
        return [(each.month, each.wave) async for each in work.responses.all("people-pulse")]


def box_keys(here: Running) -> int:
    keys = here.core.settings.key_dir
    return sum(1 for path in keys.rglob("*") if path.is_file() and "box" in str(path))


class Wrong(TestClock):
    """Of a host that is a month ahead of the database."""

    def now(self) -> datetime:
        return self.time + timedelta(days=31)


async def test_a23_a_host_whose_clock_is_ahead_ends_no_wave_and_drops_no_message(
    here: Running,
) -> None:
    """A23, B60: what is being sent at this moment is left to whoever sends it as well."""
    await set_up(here)
    wrong = Endings(here.core.begin, Wrong(NOON))

    assert await wrong.close_due() == 0
    assert (await the_wave(here)).state is WaveState.OPEN

    being_sent = invitation(person(1))
    await put(here, people=[person(1)], asked=[being_sent])
    async with here.core.begin() as work:
        (claimed,) = await work.outbox.claim(uuid4(), now=NOON, limit=1, lease=timedelta(minutes=2))
        await work.commit()
    async with here.core.database.writing() as connection:
        await connection.execute(
            update(deliveries).where(deliveries.c.id == claimed.id).values(begun_at=NOON)
        )
        await connection.commit()
    async with here.core.begin() as work:
        await work.waves.set_state("pulse.1", WaveState.CLOSED, at=NOON, was=WaveState.OPEN)
        await work.commit()
    assert await wrong.drop_unsent() == 0


async def test_a_wave_is_open_until_its_closing_time_and_closed_from_then_on(here: Running) -> None:
    await set_up(here)

    here.clock.advance(FORTNIGHT - timedelta(seconds=1))
    before = await here.core.waves.close_due()
    here.clock.advance(timedelta(seconds=1))

    assert (before, await here.core.waves.close_due()) == (0, 1)
    assert (await the_wave(here)).state is WaveState.CLOSED
    assert (await the_wave(here)).closed_at == NOON + FORTNIGHT


async def test_a_campaign_with_no_wave_open_and_none_to_come_is_closed(here: Running) -> None:
    await set_up(here)

    here.clock.advance(FORTNIGHT)
    await here.core.waves.close_due()

    async with here.core.begin.read() as work:
        closed = await work.campaigns.get("pulse")
    assert closed is not None
    assert (closed.state, closed.ended_at) == (CampaignState.CLOSED, NOON + FORTNIGHT)


async def test_a_campaign_with_a_wave_to_come_goes_on(here: Running) -> None:
    await set_up(here, next_slot="2026-08-14T13:00", next_at=NOON + timedelta(days=92))

    here.clock.advance(FORTNIGHT)
    await here.core.waves.close_due()

    async with here.core.begin.read() as work:
        running = await work.campaigns.get("pulse")
    assert running is not None
    assert running.state is CampaignState.RUNNING


async def test_waves_of_a_stopped_campaign_stop_whenever_they_would_have_closed(
    here: Running,
) -> None:
    await set_up(here, state=CampaignState.STOPPED)

    await here.core.waves.close_due()

    assert (await the_wave(here)).state is WaveState.STOPPED


async def test_what_waits_when_a_wave_closes_expires_and_its_messages_are_dropped(
    here: Running,
) -> None:
    await set_up(here)
    people = [person(number) for number in range(1, 5)]
    asked = [invitation(each) for each in people]
    await put(here, people=people, asked=asked)
    await sent(here, asked[0], 0, at=NOON)

    here.clock.advance(FORTNIGHT)
    await here.core.waves.close_due()
    dropped = await here.core.waves.drop_unsent()

    assert dropped == 3
    assert await states(here) == {InvitationState.DELIVERED: 1, InvitationState.EXPIRED: 3}
    assert sorted(str(outcome) for _, outcome in await messages(here)) == [
        *["dropped"] * 3,
        "sent",
    ]


async def test_a_message_that_is_being_sent_at_closing_is_left_to_its_sender(
    here: Running,
) -> None:
    await set_up(here)
    asked = [invitation(person(1))]
    await put(here, people=[person(1)], asked=asked)
    leased_until = NOON + FORTNIGHT + timedelta(minutes=1)
    async with here.core.database.writing() as connection:
        await connection.execute(
            update(deliveries).values(begun_at=NOON + FORTNIGHT, leased_until=leased_until)
        )
        await connection.commit()

    here.clock.advance(FORTNIGHT)
    await here.core.waves.close_due()
    while_leased = await here.core.waves.drop_unsent()
    here.clock.advance(timedelta(minutes=1))

    assert (while_leased, await here.core.waves.drop_unsent()) == (0, 1)
    assert await messages(here) == [(0, Outcome.DROPPED)]


async def test_the_box_of_a_wave_outlives_its_month_and_is_opened_when_the_wave_closes(
    here: Running,
) -> None:
    await set_up(here)
    await put(here, waves=[wave(number=2, closes_at=NOON + timedelta(days=30))])
    await answer(here, 3)

    here.clock.advance(timedelta(days=13))
    await here.tick()
    waiting = await responses(here)
    await here.core.boxes.forget_spent()
    here.clock.advance(timedelta(days=1))
    await here.core.waves.close_due()
    await here.tick()

    assert (waiting, await responses(here)) == ([], [(date(2026, 5, 1), "pulse.1")] * 3)


async def test_a_box_is_kept_in_a_later_month_while_its_wave_takes_answers(here: Running) -> None:
    await here.publish("people-pulse")
    long = wave(closes_at=NOON + timedelta(days=40))
    await put(here, campaigns=[campaign(plan())], waves=[long])
    await answer(here, 1)

    here.clock.advance(timedelta(days=30))
    await here.tick()
    await answer(here, 1)
    await here.core.boxes.forget_spent()

    assert (await responses(here), box_keys(here)) == ([], 1)


async def test_the_key_of_a_wave_is_destroyed_once_its_box_was_opened_for_good(
    here: Running,
) -> None:
    await set_up(here)
    await answer(here, 12)

    await here.tick()
    await here.core.boxes.forget_spent()
    while_open = box_keys(here)
    here.clock.advance(FORTNIGHT)
    await here.core.waves.close_due()
    await here.tick()
    await here.core.boxes.forget_spent()

    assert (while_open, box_keys(here)) == (1, 0)
    assert len(await responses(here)) == 12


async def test_a_wave_may_be_stricter_than_its_questionnaire(here: Running) -> None:
    await set_up(here)
    await answer(here, 1, privacy=Privacy.ANONYMOUS)

    async with here.core.begin.read() as work:
        box = await work.boxes.get("people-pulse", date(2026, 5, 1), "pulse.1")

    assert box is not None
    assert box.privacy is Privacy.ANONYMOUS


async def test_figures_are_due_when_a_wave_closes_although_nothing_waited(here: Running) -> None:
    await set_up(here)

    here.clock.advance(FORTNIGHT)
    await here.core.waves.close_due()

    async with here.core.begin.read() as work:
        due = await work.cells.due(today=here.clock.now().date())
    assert [(each.questionnaire, each.month) for each in due] == [
        ("people-pulse", date(2026, 5, 1))
    ]
