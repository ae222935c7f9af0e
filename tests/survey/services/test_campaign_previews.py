"""What a campaign would do, counted before it does anything, on both databases."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from pydantic import SecretStr
from sqlalchemy import insert

from survey.db.tables import asked
from survey.domain.audit import OPERATOR
from survey.domain.campaign import (
    AfterDate,
    Audience,
    CampaignPlan,
    ChannelName,
    Sample,
    SampleHow,
    Schedule,
)
from survey.domain.people import Person
from survey.domain.preview import Reach, UnitCount
from survey.domain.records import Chat
from survey.domain.waves import Closure, Invitation, InvitationState, SkipReason
from tests.support.application import NOON, Running, running
from tests.support.campaigns import PULSE, fire, keep

BOT = 77


@pytest.fixture
async def here(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    """With a bot, a mail server and two questionnaires."""
    async with running(
        database_url,
        tmp_path,
        telegram_token=SecretStr(f"{BOT}:token"),
        smtp_url=SecretStr("smtp://mail.example:587"),
        mail_from="surveys@council.example",
        approval_above=3,
    ) as application:
        await application.publish("people-pulse")
        await application.publish("school-service-check")
        yield application


def person(number: int, *units: str, **more: Any) -> Person:
    key = f"p{number:03}"
    usual = {"name": f"Person {key}", "email": f"{key}@council.example"}
    return Person(id=UUID(int=number), key=key, units=units, created_at=NOON, **{**usual, **more})


async def put(here: Running, *people: Person) -> None:
    async with here.core.begin() as work:
        await work.people.put(people)
        await work.commit()


def plan(**changes: Any) -> CampaignPlan:
    return PULSE.model_copy(update=changes)


async def reach(here: Running, of: CampaignPlan, *, people: int = 0) -> Reach:
    """Whom it reaches; the sums add up whatever the plan is."""
    found = (await here.core.campaigns.preview(of, people=people)).reach
    assert found.asked + sum(found.skipped.values()) == found.audience
    assert sum(found.channels.values()) + found.unreachable == found.asked
    assert sum(each.audience for each in found.units.values()) == found.audience
    assert sum(each.asked for each in found.units.values()) == found.asked
    return found


async def asked_before(here: Running, *people: Person, days: int, questionnaire: str) -> None:
    """They were sent a survey so many days ago."""
    key = f"earlier-{questionnaire}-{days}"
    await keep(here, plan(key=key, questionnaire=questionnaire))
    wave = await fire(here, {}, campaign=key, questionnaire=questionnaire)
    at = NOON - timedelta(days=days)
    async with here.core.begin() as work:
        await work.invitations.add(
            [
                Invitation(
                    id=here.core.ids.uuid(),
                    wave=wave.key,
                    person=each.id,
                    unit="oakfield",
                    state=InvitationState.ANSWERED,
                    sent_at=at,
                )
                for each in people
            ],
            (),
            made_on=at.date(),
        )
        await work.commit()
    async with here.core.database.writing() as connection:
        await connection.execute(
            insert(asked),
            [{"person": each.id, "at": at, "invitation": UUID(int=1)} for each in people],
        )
        await connection.commit()


async def test_everybody_is_asked_or_left_out_for_a_counted_reason(here: Running) -> None:
    await put(
        here,
        *(person(n, "oakfield") for n in range(1, 4)),
        person(4, "elmwood", ended_at=NOON),
        person(5, "elmwood", opted_out_at=NOON),
        person(6, "elmwood", email=None),
        person(7, "elmwood", email="GONE@council.example"),
        person(8, "adult-social-care"),
    )
    async with here.core.begin() as work:
        await work.refused_addresses.put("gone@council.example", at=NOON, reason="unknown")
        for number in (1, 6):
            await work.chats.put(Chat(BOT, number))
            await work.chats.link(BOT, number, UUID(int=number))
        await work.commit()

    found = await reach(here, plan(audience=Audience(units=("schools",))))

    assert (found.fits, found.audience, found.asked, found.unreachable) == (7, 7, 5, 1)
    assert found.skipped == {SkipReason.LEFT: 1, SkipReason.OPTED_OUT: 1}
    assert found.channels == {ChannelName.CHAT: 2, ChannelName.EMAIL: 2}
    assert found.units == {"elmwood": UnitCount(4, 2), "oakfield": UnitCount(3, 3)}


async def test_a19_whoever_was_asked_lately_is_left_out_and_counted(here: Running) -> None:
    people = [person(n, "oakfield") for n in range(1, 5)]
    await put(here, *people)
    await asked_before(here, people[0], days=20, questionnaire="people-pulse")
    await asked_before(here, people[1], days=5, questionnaire="school-service-check")
    await asked_before(here, people[2], days=20, questionnaire="school-service-check")

    found = await reach(here, PULSE)

    assert found.skipped == {SkipReason.SAME_SURVEY: 1, SkipReason.RECENTLY_ASKED: 1}
    assert found.asked == 2


async def test_people_are_named_in_order_of_their_names_with_what_becomes_of_them(
    here: Running,
) -> None:
    await put(
        here,
        person(1, "oakfield", name="Élise"),
        person(2, "oakfield", name="dora", opted_out_at=NOON),
        person(3, "elmwood", name="Zoe"),
    )

    named = (await reach(here, PULSE, people=2)).people

    told = [(each.name, each.unit, each.channel, each.skipped) for each in named]
    assert told == [
        ("dora", "oakfield", ChannelName.EMAIL, SkipReason.OPTED_OUT),
        ("Élise", "oakfield", ChannelName.EMAIL, None),
    ]
    assert (await reach(here, PULSE)).people == ()


async def test_a_sample_is_shown_as_it_will_be_drawn(here: Running) -> None:
    await put(here, *(person(n, "oakfield") for n in range(1, 21)))
    await put(here, *(person(n, "oakfield", ended_at=NOON) for n in range(21, 31)))
    sample = Sample(how=SampleHow.ROTATING, size=5)
    await here.core.campaigns.create(plan(audience=Audience(sample=sample)), by=OPERATOR)

    first = await here.core.campaigns.preview(PULSE.key, people=50)
    await fire(here, {})
    second = await here.core.campaigns.preview(PULSE.key, people=50)

    assert [(each.wave, each.reach.fits, each.people) for each in (first, second)] == [
        (1, 30, 5),
        (2, 30, 5),
    ]
    assert names(first.reach).isdisjoint(names(second.reach))


async def test_of_each_body_one_contact_is_asked(here: Running) -> None:
    audience = Audience(kinds=("school",), roles=("head", "bursar"))
    await put(
        here,
        person(1, "oakfield", roles=("bursar",)),
        person(2, "oakfield", roles=("head",)),
        person(3, "adult-social-care", roles=("head",)),
    )
    schools = plan(questionnaire="school-service-check", audience=audience)

    found = await reach(here, schools, people=9)

    assert (found.fits, found.asked, found.unanswered_for) == (2, 1, 1)
    assert [(each.name, each.unit) for each in found.people] == [("Person p002", "oakfield")]


async def test_only_who_has_a_date_that_is_to_come_counts_for_a_schedule_by_date(
    here: Running,
) -> None:
    await put(
        here,
        person(1, attributes={"start_date": "2026-02-14"}),
        person(2, attributes={"start_date": "2026-02-12"}),
        person(3, attributes={"start_date": "soon"}),
        person(4),
    )
    joined = Schedule(after=AfterDate(attribute="start_date", days=90))

    preview = await here.core.campaigns.preview(plan(schedule=joined))

    assert (preview.reach.fits, preview.people, preview.reach.undated) == (1, 1, 1)
    assert "unreadable_dates" in {gap.code for gap in preview.gaps}


async def test_b57_the_next_twelve_dates_are_shown_in_local_time_with_what_is_moved(
    here: Running,
) -> None:
    await put(here, person(1, "oakfield"))
    async with here.core.begin() as work:
        closed = [Closure(datetime.fromisoformat("2026-06-02").date(), "", "Town day")]
        await work.calendar.put_closures(closed)
        await work.commit()

    preview = await here.core.campaigns.preview(PULSE)

    assert len(preview.slots) == 12
    first, then, *_, last = preview.slots
    assert (first.slot, first.at.isoformat()) == ("2026-06-02T09:00", "2026-06-03T08:00:00+00:00")
    assert (first.why, then.why) == ("Town day", None)
    assert last.at.isoformat() == "2027-05-04T08:00:00+00:00"
    winter = next(slot for slot in preview.slots if slot.slot.startswith("2026-12"))
    assert winter.at.isoformat() == "2026-12-01T09:00:00+00:00"


async def test_how_long_sending_takes_is_told_for_each_channel(here: Running) -> None:
    await put(here, *(person(n, "oakfield") for n in range(1, 24)))

    preview = await here.core.campaigns.preview(PULSE)

    assert preview.sending == {ChannelName.EMAIL: 5}  # 23 letters, five a second
    assert preview.ends_at == preview.slots[0].at + timedelta(seconds=5)
    assert preview.second_person


async def test_a_plan_that_nobody_keeps_is_looked_at_and_leaves_nothing(here: Running) -> None:
    wanted = plan(
        questionnaire="people-puls",
        schedule=Schedule(start=datetime.fromisoformat("2026-05-01T09:00")),
        audience=Audience(roles=("haed",), attributes={"site": ("Mars",)}),
    )

    preview = await here.core.campaigns.preview(wanted)

    assert {gap.code for gap in preview.gaps if gap.blocks} == {
        "not_published",
        "unknown_role",
        "unknown_attribute",
        "no_dates",
        "nobody",
    }
    assert (preview.may_launch, preview.slots, preview.ends_at) == (False, (), None)
    assert await here.core.campaigns.all() == []


def names(found: Reach) -> frozenset[str]:
    return frozenset(each.name for each in found.people)
