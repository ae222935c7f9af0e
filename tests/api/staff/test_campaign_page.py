"""The page of a campaign that runs: sums that add up, rates that name nobody, what to press."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from survey.domain.accounts import Grant, Role
from survey.domain.audit import OPERATOR
from survey.domain.campaign import CampaignState, Hours
from survey.domain.people import Person
from survey.domain.questionnaire import Privacy
from survey.domain.records import Unit
from survey.domain.waves import (
    Delivery,
    Invitation,
    InvitationState,
    Outcome,
    SkipReason,
    WaveState,
)
from survey.ports.campaigns import Settled
from tests.support.application import NOON, Running
from tests.support.campaigns import PULSE, fire, keep
from tests.support.staff import signed_in
from tests.support.stored import audited
from tests.support.web import WebPerson

MANAGER = Grant(Role.SURVEY_MANAGER)
HERE = "/staff/campaigns/staff-pulse"
S = InvitationState
_LEASE = timedelta(minutes=1)


@pytest.fixture
async def manager(here: Running) -> AsyncIterator[WebPerson]:
    await here.publish("people-pulse")
    await keep(here)
    async with signed_in(here, MANAGER) as person:
        yield person


def standing(person: WebPerson) -> dict[str, int]:
    """The rows of the table beside the bar, by their first words."""
    table = next(
        each
        for each in person.page.all("table")
        if each.one("caption").text == "Where everybody is"
    )
    rows = table.one("tbody").all("tr")
    return {row.one("th").text: int(row.all("td")[0].text.replace(",", "")) for row in rows}


async def test_every_state_has_a_row_and_the_rows_add_up_to_the_audience(
    here: Running, manager: WebPerson
) -> None:
    """The survey administrator's checklist, during: sums always equal the audience."""
    each: dict[InvitationState | tuple[InvitationState, str | None], int] = {
        state: number for number, state in enumerate(S, start=1) if state is not S.SKIPPED
    }
    skipped = {(S.SKIPPED, SkipReason.OPTED_OUT): 2, (S.SKIPPED, SkipReason.LEFT): 1}
    await fire(here, each | skipped)

    await manager.opens(HERE)

    found = standing(manager)
    whole = found.pop("Everybody of the audience")
    assert len(found) == len(S)
    assert sum(found.values()) == whole == sum(each.values()) + 3
    assert "Not asked They want no surveys: 2 They have left: 1" in found
    assert f"add up to everybody of the audience: {whole}" in manager.text
    bar = manager.page.one("svg", class_="tb-standing")
    widths = [int(rect.attributes["width"]) for rect in bar.all("rect")]
    assert abs(sum(widths) - 1000) <= len(S)


async def test_b48_of_a_small_audience_nobody_learns_who_answered(
    here: Running, manager: WebPerson
) -> None:
    """B48: fewer than ten people, so what they did is one number."""
    await fire(here, {S.ANSWERED: 1, S.DELIVERED: 2, S.REFUSED: 1, S.FAILED: 1})

    await manager.opens(HERE)

    assert standing(manager) == {"Reached": 4, "Failed to send": 1, "Everybody of the audience": 5}
    for word in ("answered", "Answered", "response rate", "Refused"):
        assert word not in manager.page.one("ul", class_="tb-numbers").text
    assert "Fewer than 10 people are in it." in manager.text


async def test_b48_those_left_out_are_no_crowd_to_hide_in(
    here: Running, manager: WebPerson
) -> None:
    """B48: of three who were asked and twenty who were not, nobody learns who answered."""
    left_out: tuple[InvitationState, str | None] = (S.SKIPPED, SkipReason.RECENTLY_ASKED)
    await fire(here, {S.ANSWERED: 1, S.DELIVERED: 2, left_out: 20})

    await manager.opens(HERE)

    assert standing(manager)["Reached"] == 3
    assert "response rate" not in manager.page.one("ul", class_="tb-numbers").text


async def test_b48_a_rate_is_told_of_schools_of_ten_and_more_and_nobody_is_named(
    here: Running, manager: WebPerson
) -> None:
    """B48."""
    wave = await fire(here, {S.ANSWERED: 6, S.DELIVERED: 6})
    await fire(here, {S.DELIVERED: 11}, unit="elmwood", key=wave.key)
    await fire(here, {S.ANSWERED: 1, S.DELIVERED: 2}, unit="adult-social-care", key=wave.key)

    await manager.opens(HERE)

    assert "AAPOR" in manager.text
    assert "Person " not in manager.text
    rates = manager.page.one("section", **{"aria-labelledby": "rates"}).text
    assert "Adult Social Care" not in rates


async def test_of_bodies_those_that_have_not_answered_are_named(
    here: Running, manager: WebPerson
) -> None:
    wave = await fire(here, {}, privacy=Privacy.ATTRIBUTED)
    await fire(here, {S.ANSWERED: 1}, key=wave.key, body="oakfield")
    await fire(here, {S.DELIVERED: 1}, key=wave.key, body="elmwood", unit="elmwood")

    await manager.opens(HERE)

    assert "1 of 2 schools or departments answered." in manager.text
    assert manager.page.one("ul", class_="tb-columns").text == "Elmwood School"


async def test_pause_go_on_and_a_second_click_each_say_what_happened(
    here: Running, manager: WebPerson
) -> None:
    """Nothing sends itself twice: a repeat click proves it on screen."""
    await fire(here, {S.WAITING: 12})
    await manager.opens(HERE)

    pausing = manager.sending("Pause")
    await manager.sends(pausing)
    assert "It is paused. Nothing more is sent. Answers are still taken." in manager.page.text
    assert (await here.core.campaigns.get("staff-pulse")).state is CampaignState.PAUSED
    await manager.sends(pausing)
    assert "It was paused before. Nothing changed." in manager.page.text

    going_on = manager.sending("Go on")
    await manager.sends(going_on)
    assert "It goes on where it was. Nobody gets a message again." in manager.page.text
    await manager.sends(going_on)
    assert "It was running already. Nothing was sent twice." in manager.page.text


@pytest.mark.parametrize(
    ("step", "button", "state"),
    [
        ("stop", "Yes, stop it", CampaignState.STOPPED),
        ("close", "Yes, close it", CampaignState.CLOSED),
    ],
)
async def test_what_cannot_be_taken_back_is_asked_first_with_what_it_does(
    step: str, button: str, state: CampaignState, here: Running, manager: WebPerson
) -> None:
    await fire(here, {S.WAITING: 12, S.HELD: 3})

    await manager.opens(f"{HERE}/{step}")
    assert "never sent: 15." in manager.text
    await manager.presses(button)

    assert (await here.core.campaigns.get("staff-pulse")).state is state
    assert not manager.has("Pause")
    await manager.opens(f"{HERE}/{step}")
    assert manager.path == HERE


async def failing(here: Running) -> UUID:
    """A wave of which one message could not be sent; the message."""
    wave = await fire(here, {S.DELIVERED: 11})
    delivery, invitation, person = (here.core.ids.uuid() for _ in range(3))
    async with here.core.begin() as work:
        await work.people.put([Person(person, "p-ann", "Person Ann", ("oakfield",), NOON)])
        await work.invitations.add(
            [Invitation(invitation, wave.key, person, "oakfield", S.WAITING)],
            [Delivery(delivery, wave.key, invitation, 0, NOON)],
            made_on=NOON.date(),
        )
        holder = here.core.ids.uuid()
        await work.outbox.claim(holder, now=NOON, limit=9, lease=_LEASE)
        await work.outbox.begin(holder, [delivery], now=NOON)
        failed = Settled(delivery, outcome=Outcome.FAILED, reason="refused", state=S.FAILED)
        await work.outbox.settle(holder, [failed], now=NOON)
        await work.commit()
    return delivery


async def test_what_failed_says_why_and_is_tried_again_once(
    here: Running, manager: WebPerson
) -> None:
    await failing(here)
    await manager.opens(HERE)
    assert "The message was refused: 1" in manager.text

    again = manager.sending("Try all of these again")
    await manager.sends(again)
    assert "Messages that are tried again: 1." in manager.page.text
    assert standing(manager)["Waiting to be sent"] == 1
    await manager.sends(again)
    assert "They were tried again before. Nothing is sent twice." in manager.page.text
    replayed = [each for each in await audited(here) if each.action == "campaign.replayed"]
    assert [each.details["messages"] for each in replayed] == [1]


async def test_who_may_not_see_people_reads_no_name_of_what_failed(
    here: Running, manager: WebPerson
) -> None:
    await failing(here)
    async with signed_in(here, Grant(Role.SERVICE_MANAGER)) as reader:
        await reader.opens(HERE)

        assert "The message was refused: 1" in reader.text
        assert "Person " not in reader.text
        assert not reader.has("Try again")


async def test_sending_shows_how_far_it_is_without_a_script(
    here: Running, manager: WebPerson
) -> None:
    await fire(here, {S.WAITING: 30, S.DELIVERED: 10})

    await manager.opens(HERE)

    bar = manager.page.one("progress")
    assert (bar.attributes["value"], bar.attributes["max"]) == ("10", "40")
    assert "10 of 40 have left." in manager.text
    assert "Look again" in manager.text


async def test_what_changed_after_the_launch_is_told_with_who_did_it(
    here: Running, manager: WebPerson
) -> None:
    changed = PULSE.model_copy(update={"title": "Pulse of staff", "open_days": 28})
    await here.core.campaigns.change("staff-pulse", changed, expected_revision=1, by=OPERATOR)

    await manager.opens(HERE)

    history = manager.page.one("section", **{"aria-labelledby": "history"}).text
    assert "The command on the server" in history
    assert "Title: Pulse of staff (before: Staff pulse)" in history
    assert "Days to answer: 28 (before: 21)" in history


async def test_earlier_times_are_listed_and_each_has_its_page(
    here: Running, manager: WebPerson
) -> None:
    await fire(here, {S.ANSWERED: 12}, number=1, state=WaveState.CLOSED, closed_at=NOON)
    await fire(here, {}, number=2, state=WaveState.MISSED, reason="missed")
    await fire(here, {S.DELIVERED: 15}, number=3)

    await manager.opens(HERE)
    assert standing(manager)["Everybody of the audience"] == 15
    assert "12 of 12 answered" in manager.text
    assert "Missed: nobody was asked" in manager.text

    await manager.opens(f"{HERE}?wave=1")
    assert standing(manager) == {"Answered": 12, "Everybody of the audience": 12}
    await manager.opens(f"{HERE}?wave=9")
    assert manager.status == 404


async def answered_by(here: Running, **modes: int) -> None:
    """A wave with so many answers of each mode."""
    wave = await fire(here, {S.ANSWERED: sum(modes.values()), S.DELIVERED: 20})
    async with here.core.begin() as work:
        done = await work.invitations.listed(wave.key, {S.ANSWERED}, limit=200, after=None)
        each = iter(done)
        for mode, n in modes.items():
            for _ in range(n):
                await work.invitations.save(replace(next(each), mode=mode))
        await work.commit()


def ways(person: WebPerson) -> dict[str, str]:
    """The rows of how answers came."""
    return {
        row.one("th").text: row.all("td")[0].text
        for table in person.page.all("table")
        if table.one("caption").text == "Answers by the way they came"
        for row in table.one("tbody").all("tr")
    }


async def test_it_tells_how_answers_came_where_nobody_can_be_worked_out(
    here: Running, manager: WebPerson
) -> None:
    await answered_by(here, chat=50, web=38, paper=4)

    await manager.opens(HERE)

    assert ways(manager) == {"In chat": "50", "In other ways": "42"}


async def test_few_answers_are_not_told_by_the_way_they_came(
    here: Running, manager: WebPerson
) -> None:
    await answered_by(here, chat=30, paper=4)

    await manager.opens(HERE)

    assert ways(manager) == {}
    assert "keyed in" not in manager.text


async def test_a_team_stands_below_its_department_with_its_own_rate(
    here: Running, manager: WebPerson
) -> None:
    """Also where what is between them is too small to be shown."""
    async with here.core.begin() as work:
        await work.organisation.put_units(
            [
                Unit("care", "Care", "department"),
                Unit("a-visits", "Visits", "team", "care"),
                Unit("visits-north", "Visits in the north", "team", "a-visits"),
            ]
        )
        await work.commit()
    await fire(here, {S.ANSWERED: 12, S.DELIVERED: 12}, unit="care")
    ids = here.core.ids
    people = [Person(ids.uuid(), f"n{n}", "", ("visits-north",), NOON) for n in range(10)]
    async with here.core.begin() as work:
        await work.people.put(people)
        invited = [
            Invitation(ids.uuid(), "staff-pulse-1", each.id, "visits-north", S.ANSWERED)
            for each in people
        ]
        await work.invitations.add(invited, (), made_on=NOON.date())
        await work.commit()
    await manager.opens(HERE)

    rows = manager.page.one("section", **{"aria-labelledby": "rates"}).one("tbody").all("tr")
    assert rows[0].one("th").text == "Care"
    last = rows[-1].one("th")
    assert last.text.startswith("Visits in the north (part of ")
    assert "tb-in-" in last.all("span")[0].attributes["class"]


async def test_before_the_first_date_the_page_says_when_messages_leave(here: Running) -> None:
    await here.publish("people-pulse")
    at = NOON + timedelta(hours=1, minutes=5)
    await keep(here, next_at=at, next_slot="2026-05-14T14:05")
    async with signed_in(here, MANAGER) as manager:
        await manager.opens(HERE)
        assert "The first messages leave today at 14:05." in manager.text


@pytest.mark.parametrize(
    ("hours", "told"),
    [
        ({"from": "15:30"}, "The first messages leave today at 15:30."),
        ({"until": "14:00"}, "The first messages leave tomorrow at 08:00."),
    ],
)
async def test_messages_of_a_date_outside_the_hours_leave_when_these_begin(
    here: Running, hours: dict[str, str], told: str
) -> None:
    await here.publish("people-pulse")
    plan = PULSE.model_copy(update={"hours": Hours.model_validate(hours)})
    at = NOON + timedelta(hours=1, minutes=5)
    await keep(here, plan, next_at=at, next_slot="2026-05-14T14:05")
    async with signed_in(here, MANAGER) as manager:
        await manager.opens(HERE)
        assert told in manager.text


async def test_nothing_is_promised_while_nothing_may_be_sent(here: Running) -> None:
    await here.publish("people-pulse")
    await keep(here, next_at=NOON, next_slot="2026-05-14T13:00")
    async with here.core.begin() as work:
        await work.installation.hold(at=NOON)
        await work.commit()
    async with signed_in(here, MANAGER) as manager:
        await manager.opens(HERE)
        assert "The first messages" not in manager.text
