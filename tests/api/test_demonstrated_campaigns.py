"""Campaigns of the demonstration: one to watch, and one that whoever tries it launches."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from pydantic import SecretStr

from api.demonstration.under_way import RUNNING, TO_LAUNCH, bring_up_to_date, link_to_join
from bot.outgoing import Outgoing
from bot.simulator.desk import Desk, Guest, Simulated
from bot.simulator.mail import SimulatedMail
from survey.domain.accounts import Grant, Role
from survey.domain.audit import OPERATOR
from survey.domain.campaign import ChannelName
from survey.domain.people import Person
from survey.domain.waves import InvitationState, SkipReason
from tests.bot.rig import simulator_on
from tests.support.application import NOON, Running, running
from tests.support.campaigns import SET_UP
from tests.support.databases import DatabaseKind
from tests.support.staff import signed_in

VISITOR = Guest(7, "en")
ASKED = 32
"""Of forty: eight business managers wait for help with a service."""


@asynccontextmanager
async def at_work(here: Running) -> AsyncIterator[tuple[Outgoing, Desk, Simulated]]:
    """The sender with what a demonstration sends by, and the bot in a page."""
    desk = Desk(here.core.clock, here.core.ids)
    async with Outgoing(here.core) as outgoing:
        channels = outgoing.sender.channels
        async with simulator_on(here.core, desk, channels=channels) as bot:
            yield outgoing, desk, bot
        assert not channels.plugged


async def launch(here: Running) -> None:
    await bring_up_to_date(here.core)
    campaign = await here.core.campaigns.get(TO_LAUNCH)
    people = (await here.core.campaigns.preview(TO_LAUNCH)).people
    await here.core.campaigns.launch(
        TO_LAUNCH, expected_revision=campaign.revision, typed=people, by=OPERATOR
    )
    here.clock.advance(timedelta(minutes=11))
    assert await here.core.waves.fire_due() == 1
    await here.core.waves.expand_due()


async def states(here: Running, campaign: str) -> dict[InvitationState, int]:
    status = await here.core.campaigns.status(campaign)
    return dict(status.waves[0].standing.states)


async def test_one_runs_with_believable_sums_and_answers_that_wait_sealed(
    demonstration: Running,
) -> None:
    [status] = (await demonstration.core.campaigns.status(RUNNING)).waves
    rates = (await demonstration.figures.rates.of(status.wave)).rates

    assert status.wave.opened_at < NOON < status.wave.closes_at
    assert status.standing.audience == sum(status.standing.states.values())
    assert rates.overall.percent is not None
    assert 25 <= rates.overall.percent <= 55
    for state in ("delivered", "opened", "started", "refused", "blocked", "failed", "skipped"):
        assert status.standing.states.get(InvitationState(state), 0)
    demonstration.clock.time = status.wave.closes_at + timedelta(minutes=1)
    await demonstration.core.waves.close_due()
    assert await demonstration.core.boxes.open_due()


async def test_everybody_of_the_one_to_launch_is_reached_but_who_waits_for_help(
    demonstration: Running,
) -> None:
    preview = await demonstration.core.campaigns.preview(TO_LAUNCH)

    assert (preview.people, preview.reach.unreachable) == (ASKED, 0)
    assert preview.reach.channels == {ChannelName.EMAIL: ASKED}
    assert preview.reach.skipped == {SkipReason.OPEN_PROBLEM: 40 - ASKED}
    assert not [gap for gap in preview.gaps if gap.blocks]
    assert not preview.second_person


async def test_whoever_looks_round_finds_its_first_date_minutes_ahead_unless_it_was_changed(
    demonstration: Running,
) -> None:
    core, clock = demonstration.core, demonstration.clock
    clock.advance(timedelta(days=1))
    await bring_up_to_date(core)
    [slot] = (await core.campaigns.preview(TO_LAUNCH)).slots
    assert timedelta(minutes=5) <= slot.at - clock.now() <= timedelta(minutes=10)

    found = await core.campaigns.get(TO_LAUNCH)
    mine = found.plan.model_copy(update={"title": "Mine"})
    changed = await core.campaigns.change(
        TO_LAUNCH, mine, expected_revision=found.revision, by=OPERATOR
    )
    clock.advance(timedelta(days=1))
    await bring_up_to_date(core)
    assert await core.campaigns.get(TO_LAUNCH) == changed


async def test_a_launched_one_arrives_in_the_chat_of_whoever_joined_and_their_answer_counts(
    demonstration: Running,
) -> None:
    """B45: a visitor joins, is asked by a campaign, answers by taps, and its page moves."""
    core = demonstration.core
    async with at_work(demonstration) as (outgoing, desk, bot):
        await bot.say(VISITOR, f"/start {await link_to_join(core, Random(1))}")
        await press(bot, desk, "Yes, this is me")
        await launch(demonstration)
        while await outgoing.send():
            pass
        there = {InvitationState.DELIVERED: ASKED, InvitationState.SKIPPED: 40 - ASKED}
        assert await states(demonstration, TO_LAUNCH) == there
        assert "Try it with schools: 6 questions" in newest(desk)

        for _ in range(12):
            labels = pressable(desk)
            if "Send" in labels:
                break
            await press(bot, desk, "Skip" if "Skip" in labels else labels[0])
        await press(bot, desk, "Send")

    assert "Receipt" in newest(desk)
    moved = await states(demonstration, TO_LAUNCH)
    assert moved == {**there, InvitationState.DELIVERED: ASKED - 1, InvitationState.ANSWERED: 1}


async def test_whoever_starts_over_is_nobody_any_more_in_that_chat(demonstration: Running) -> None:
    async with at_work(demonstration) as (_, desk, bot):
        await bot.say(VISITOR, f"/start {await link_to_join(demonstration.core, Random(1))}")
        await press(bot, desk, "Yes, this is me")
        await bot.forget(VISITOR)

    preview = await demonstration.core.campaigns.preview(TO_LAUNCH)
    assert preview.reach.channels == {ChannelName.EMAIL: ASKED}


async def test_a_demonstration_hands_no_letter_to_the_mail_server_that_is_set(
    tmp_path: Path,
) -> None:
    """Nor to anybody whose address might exist."""
    url = f"sqlite:///{tmp_path / 'demo.sqlite'}"
    settings = {name: value for name, value in SET_UP.items() if name != "telegram_token"}
    async with running(url, tmp_path, demo=True, **settings) as here:
        assert not here.core.email_channel.set_up
        async with at_work(here) as (outgoing, _, _bot):
            mail = outgoing.sender.channels.plugged[ChannelName.EMAIL]
            assert isinstance(mail, SimulatedMail)
            people = [
                Person(here.core.ids.uuid(), key, key, (), NOON, email=f"{key}@{domain}")
                for key, domain in (("real", "barnet.gov.uk"), ("invented", "borough.invalid"))
            ]
            reached = await mail.addresses_of(people)

    assert list(reached) == [people[1].id]


async def test_with_a_token_of_telegram_campaigns_go_to_telegram(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'demo.sqlite'}"
    async with (
        running(url, tmp_path, demo=True, telegram_token=SecretStr("77:token")) as here,
        Outgoing(here.core) as outgoing,
    ):
        real = outgoing.sender.channels.plugged[ChannelName.CHAT]
        async with simulator_on(
            here.core, Desk(here.core.clock, here.core.ids), channels=outgoing.sender.channels
        ):
            assert outgoing.sender.channels.plugged[ChannelName.CHAT] is real


@pytest.fixture
def database_kind() -> DatabaseKind:
    return DatabaseKind.SQLITE


async def test_a_survey_manager_sees_the_sums_of_the_running_one(demonstration: Running) -> None:
    async with signed_in(demonstration, Grant(Role.SURVEY_MANAGER)) as manager:
        await manager.opens(f"/staff/campaigns/{RUNNING}")

        assert manager.heading == "Ready for the new finance system"
        assert "The numbers add up to everybody of the audience" in manager.text


def pressable(desk: Desk) -> list[str]:
    pane = desk.chats.look(VISITOR.user)
    assert pane is not None
    return [key.text for row in list(pane.said.values())[-1].keys for key in row]


def newest(desk: Desk) -> str:
    pane = desk.chats.look(VISITOR.user)
    assert pane is not None
    return "".join(piece.text for piece in list(pane.said.values())[-1].pieces)


async def press(bot: Simulated, desk: Desk, label: str) -> None:
    pane = desk.chats.look(VISITOR.user)
    assert pane is not None
    message = list(pane.said.values())[-1]
    [data] = [key.data for row in message.keys for key in row if key.text == label]
    await bot.press(VISITOR, message.id, data)
