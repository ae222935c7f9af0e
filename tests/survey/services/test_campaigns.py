"""Campaigns as survey managers make, launch and end them, on both databases."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from pydantic import SecretStr

from survey.domain.audit import OPERATOR, Actor
from survey.domain.campaign import CampaignPlan, CampaignState, Hours
from survey.domain.people import Person
from survey.domain.waves import Campaign, InvitationState, SkipReason, WaveState
from survey.errors import CampaignFaulty, CampaignRefused, ChangedMeanwhile, NotFound
from tests.support.application import NOON, Running, running
from tests.support.campaigns import FIRST, PULSE, fire, keep
from tests.support.stored import audited

BY = Actor.account(UUID(int=7))
OTHER = Actor.account(UUID(int=8))
BOT = 77


@pytest.fixture
async def here(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    """With a bot and a mail server, three people with addresses, and a questionnaire."""
    async with running(
        database_url,
        tmp_path,
        telegram_token=SecretStr(f"{BOT}:token"),
        smtp_url=SecretStr("smtp://mail.example:587"),
        mail_from="surveys@council.example",
        approval_above=3,
    ) as application:
        await application.publish("people-pulse")
        await with_people(application, 3)
        yield application


async def with_people(here: Running, number: int, *, first: int = 1, **more: Any) -> None:
    async with here.core.begin() as work:
        await work.people.put(
            Person(
                UUID(int=n),
                f"p{n}",
                f"Person {n}",
                ("oakfield",),
                NOON,
                email=f"p{n}@council.example",
                **more,
            )
            for n in range(first, first + number)
        )
        await work.commit()


def plan(**changes: Any) -> CampaignPlan:
    return PULSE.model_copy(update=changes)


async def drafted(here: Running, **changes: Any) -> Campaign:
    return await here.core.campaigns.create(plan(**changes), by=BY)


async def launched(here: Running, **changes: Any) -> Campaign:
    await drafted(here, **changes)
    done = await here.core.campaigns.launch(PULSE.key, expected_revision=1, typed=3, by=BY)
    assert done.changed
    return done.campaign


async def recorded(here: Running) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (each.actor, each.action.removeprefix("campaign."), dict(each.details))
        for each in await audited(here)
        if each.subject == f"campaign:{PULSE.key}"
    ]


def reason_of(refused: pytest.ExceptionInfo[CampaignRefused]) -> str:
    return refused.value.reason


async def test_a_campaign_begins_as_a_draft_whose_plan_is_kept_and_recorded(here: Running) -> None:
    made = await drafted(here)

    assert made == await here.core.campaigns.get(PULSE.key)
    assert (made.state, made.revision, made.next_at) == (CampaignState.DRAFT, 1, None)
    assert await here.core.campaigns.history(PULSE.key) == [(1, PULSE, NOON, str(BY))]
    assert await recorded(here) == [(str(BY), "created", {})]
    assert await here.core.campaigns.all() == [made]


async def test_what_cannot_be_made_is_refused_and_nothing_is_kept(here: Running) -> None:
    await drafted(here)

    with pytest.raises(CampaignRefused) as taken:
        await drafted(here, title="Another")
    with pytest.raises(CampaignFaulty) as unknown:
        await drafted(here, key="other", questionnaire="people-puls")
    with pytest.raises(NotFound):
        await here.core.campaigns.get("other")

    assert reason_of(taken) == "key_taken"
    assert [fault.code for fault in unknown.value.faults] == ["not_published"]
    assert len(await recorded(here)) == 1


async def test_a_draft_may_change_in_everything_but_its_key(here: Running) -> None:
    await drafted(here)
    wanted = plan(open_days=20, audience=PULSE.audience.model_copy(update={"roles": ("head",)}))

    after = await here.core.campaigns.change(PULSE.key, wanted, expected_revision=1, by=OTHER)
    same = await here.core.campaigns.change(PULSE.key, wanted, expected_revision=2, by=OTHER)
    with pytest.raises(CampaignRefused) as other:
        await here.core.campaigns.change(
            PULSE.key, plan(key="other"), expected_revision=2, by=OTHER
        )

    assert same == after == await here.core.campaigns.get(PULSE.key)
    assert (after.plan, after.revision) == (wanted, 2)
    assert reason_of(other) == "other_key"
    told = [(revision, by) for revision, _, _, by in await here.core.campaigns.history(PULSE.key)]
    assert told == [(1, str(BY)), (2, str(OTHER))]
    assert (await recorded(here))[1:] == [
        (str(OTHER), "changed", {"fields": ["audience", "open_days"]})
    ]


async def test_the_second_of_two_editors_is_shown_what_stands(here: Running) -> None:
    await drafted(here)
    first = await here.core.campaigns.change(
        PULSE.key, plan(title="Mine"), expected_revision=1, by=BY
    )

    with pytest.raises(ChangedMeanwhile) as late:
        await here.core.campaigns.change(
            PULSE.key, plan(title="Yours"), expected_revision=1, by=OTHER
        )
    with pytest.raises(ChangedMeanwhile):
        await here.core.campaigns.launch(PULSE.key, expected_revision=1, typed=3, by=OTHER)

    assert late.value.now == first == await here.core.campaigns.get(PULSE.key)


async def test_b45_only_who_types_the_exact_number_of_people_launches(here: Running) -> None:
    await drafted(here)
    preview = await here.core.campaigns.preview(PULSE.key)
    assert (preview.people, preview.second_person) == (3, False)

    for wrong in (0, 2, 4, 30):
        with pytest.raises(CampaignRefused) as refused:
            await here.core.campaigns.launch(PULSE.key, expected_revision=1, typed=wrong, by=BY)
        assert reason_of(refused) == "other_count"
    done = await here.core.campaigns.launch(PULSE.key, expected_revision=1, typed=3, by=BY)

    assert done.changed
    running_now = await here.core.campaigns.get(PULSE.key)
    assert running_now == done.campaign
    assert running_now.state is CampaignState.RUNNING
    assert (running_now.version, running_now.launched_by) == (1, str(BY))
    assert running_now.next_slot == FIRST.isoformat(timespec="minutes")
    assert running_now.next_at is not None
    assert running_now.next_at.isoformat() == "2026-06-02T08:00:00+00:00"
    assert (await recorded(here))[1:] == [(str(BY), "launched", {"people": 3})]


async def test_launching_twice_changes_nothing_and_says_so(here: Running) -> None:
    first = await launched(here)

    again = await here.core.campaigns.launch(PULSE.key, expected_revision=1, typed=3, by=BY)

    assert (again.campaign, again.changed) == (first, False)
    assert len(await recorded(here)) == 2


async def test_two_clicks_at_once_launch_once(here: Running) -> None:
    await drafted(here)

    async def click() -> bool:
        try:
            done = await here.core.campaigns.launch(PULSE.key, expected_revision=1, typed=3, by=BY)
        except ChangedMeanwhile:
            return False
        return done.changed

    assert sorted(await asyncio.gather(click(), click())) == [False, True]
    assert [action for _, action, _ in await recorded(here)] == ["created", "launched"]


async def test_b45_above_the_set_size_another_person_has_to_agree(here: Running) -> None:
    await with_people(here, 1, first=4)
    await drafted(here)

    proposed = await here.core.campaigns.launch(PULSE.key, expected_revision=1, typed=4, by=BY)
    assert proposed.campaign.state is CampaignState.PROPOSED
    assert (proposed.campaign.next_at, proposed.campaign.launched_at) == (None, None)
    with pytest.raises(CampaignRefused) as same:
        await here.core.campaigns.approve(PULSE.key, by=BY)
    approved = await here.core.campaigns.approve(PULSE.key, by=OPERATOR)
    again = await here.core.campaigns.approve(PULSE.key, by=OTHER)

    assert reason_of(same) == "same_person"
    assert (approved.changed, again.changed) == (True, False)
    assert approved.campaign.state is CampaignState.RUNNING
    assert approved.campaign.launched_by == str(BY)
    assert approved.campaign.approved_by == again.campaign.approved_by == "operator"
    assert approved.campaign.next_at is not None
    assert (await recorded(here))[1:] == [
        (str(BY), "proposed", {"people": 4}),
        ("operator", "approved", {"people": 4}),
    ]


async def test_b45_whom_only_a_cap_keeps_out_for_now_counts_towards_the_set_size(
    here: Running,
) -> None:
    """B45: asked last week, they are asked on the first date, which is a month away."""
    await with_people(here, 2, first=4)
    async with here.core.begin() as work:
        await work.outbox.may_ask(
            {UUID(int=100 + n): UUID(int=n) for n in range(1, 4)},
            now=here.clock.now(),
            apart=timedelta(days=7),
        )
        await work.commit()
    await drafted(here)

    done = await here.core.campaigns.launch(PULSE.key, expected_revision=1, typed=2, by=BY)

    assert done.campaign.state is CampaignState.PROPOSED


async def test_the_command_counts_as_one_person(here: Running) -> None:
    await with_people(here, 1, first=4)
    await drafted(here)
    await here.core.campaigns.launch(PULSE.key, expected_revision=1, typed=4, by=OPERATOR)

    with pytest.raises(CampaignRefused) as same:
        await here.core.campaigns.approve(PULSE.key, by=OPERATOR)

    assert reason_of(same) == "same_person"


async def test_a_proposal_that_is_changed_has_to_be_proposed_anew(here: Running) -> None:
    await with_people(here, 1, first=4)
    await drafted(here)
    await here.core.campaigns.launch(PULSE.key, expected_revision=1, typed=4, by=BY)

    after = await here.core.campaigns.change(
        PULSE.key, plan(open_days=3), expected_revision=2, by=BY
    )
    with pytest.raises(CampaignRefused) as refused:
        await here.core.campaigns.approve(PULSE.key, by=OTHER)

    assert (after.state, after.launched_by) == (CampaignState.DRAFT, None)
    assert reason_of(refused) == "not_proposed"


async def test_b45_who_agrees_does_so_to_the_plan_that_they_have_read(here: Running) -> None:
    """B45: changed and proposed anew meanwhile, it is another one."""
    await with_people(here, 1, first=4)
    await drafted(here)
    campaigns = here.core.campaigns
    read = (await campaigns.launch(PULSE.key, expected_revision=1, typed=4, by=BY)).campaign
    await campaigns.change(
        PULSE.key, plan(purpose="Another one."), expected_revision=read.revision, by=BY
    )
    await campaigns.launch(PULSE.key, expected_revision=3, typed=4, by=BY)

    with pytest.raises(ChangedMeanwhile):
        await campaigns.approve(PULSE.key, expected_revision=read.revision, by=OTHER)
    agreed = await campaigns.approve(PULSE.key, expected_revision=4, by=OTHER)

    assert agreed.campaign.state is CampaignState.RUNNING


async def test_b45_who_agrees_does_so_to_the_number_and_the_version_that_they_have_read(
    here: Running,
) -> None:
    await with_people(here, 1, first=4)
    await drafted(here)
    campaigns = here.core.campaigns
    read = (await campaigns.launch(PULSE.key, expected_revision=1, typed=4, by=BY)).campaign
    await here.publish("people-pulse")
    assert (await here.core.catalogue.get("people-pulse")).row.version == 2

    with pytest.raises(CampaignRefused) as refused:
        await campaigns.approve(PULSE.key, people=5, by=OTHER)
    agreed = await campaigns.approve(PULSE.key, people=4, by=OTHER)

    assert reason_of(refused) == "other_count"
    assert (read.version, agreed.campaign.version) == (1, 1)


async def test_nothing_is_launched_before_everything_is_there(here: Running) -> None:
    await drafted(here, purpose=" ", basis=None, notice="", sender="")

    with pytest.raises(CampaignFaulty) as missing:
        await here.core.campaigns.launch(PULSE.key, expected_revision=1, typed=3, by=BY)

    codes = [(fault.path, fault.code) for fault in missing.value.faults]
    assert codes == [
        (("purpose",), "no_purpose"),
        (("basis",), "no_basis"),
        (("notice",), "no_notice"),
        (("sender",), "no_sender"),
    ]
    assert (await here.core.campaigns.get(PULSE.key)).state is CampaignState.DRAFT


async def test_once_launched_only_words_closing_reminders_and_hours_change(here: Running) -> None:
    before = await launched(here)
    wanted = plan(
        title="Pulse", purpose="Why.", notice="N.", open_days=28, reminders=(3,), hours=Hours()
    )

    after = await here.core.campaigns.change(
        PULSE.key, wanted, expected_revision=before.revision, by=BY
    )
    for forbidden in ({"sender": "Us"}, {"version": 1}, {"channels": PULSE.channels[:1]}):
        changed = wanted.model_copy(update=forbidden)
        with pytest.raises(CampaignRefused) as refused:
            await here.core.campaigns.change(
                PULSE.key, changed, expected_revision=after.revision, by=BY
            )
        assert reason_of(refused) == "fixed_after_launch"

    assert after == await here.core.campaigns.get(PULSE.key)
    assert replace(after, plan=PULSE, revision=before.revision) == before
    assert len(await here.core.campaigns.history(PULSE.key)) == 2
    assert (await recorded(here))[-1][2] == {
        "fields": ["title", "purpose", "notice", "open_days", "reminders"]
    }


async def test_another_closing_moves_the_waves_that_are_open(here: Running) -> None:
    before = await launched(here)
    await fire(here, {InvitationState.DELIVERED: 1})
    await fire(here, {}, number=2, state=WaveState.CLOSED)

    await here.core.campaigns.change(
        PULSE.key, plan(open_days=170), expected_revision=before.revision, by=BY
    )

    second, first = (await here.core.campaigns.status(PULSE.key)).waves
    assert second.wave.closes_at == NOON + timedelta(days=14)
    assert first.wave.closes_at == NOON + timedelta(days=170, hours=1)  # by the local clock


async def test_a17_pausing_and_resuming_reach_its_open_waves_at_once(here: Running) -> None:
    await launched(here)
    await fire(here, {InvitationState.WAITING: 2})
    await fire(here, {}, number=2, state=WaveState.CLOSED)

    paused = await here.core.campaigns.pause(PULSE.key, by=BY)
    assert await states(here) == (CampaignState.PAUSED, [WaveState.CLOSED, WaveState.PAUSED])
    again = await here.core.campaigns.pause(PULSE.key, by=BY)
    resumed = await here.core.campaigns.resume(PULSE.key, by=OTHER)
    assert await states(here) == (CampaignState.RUNNING, [WaveState.CLOSED, WaveState.OPEN])
    still = await here.core.campaigns.resume(PULSE.key, by=OTHER)

    assert [each.changed for each in (paused, again, resumed, still)] == [True, False, True, False]
    assert resumed.campaign.next_at == paused.campaign.next_at is not None
    assert [action for _, action, _ in await recorded(here)] == [
        "created",
        "launched",
        "paused",
        "resumed",
    ]


@pytest.mark.parametrize(
    ("way", "state", "wave"),
    [
        ("stop", CampaignState.STOPPED, WaveState.STOPPED),
        ("close", CampaignState.CLOSED, WaveState.CLOSED),
    ],
)
async def test_a17_what_has_ended_sends_nothing_and_begins_no_more(
    here: Running, way: str, state: CampaignState, wave: WaveState
) -> None:
    await launched(here)
    await fire(here, {InvitationState.WAITING: 2})
    await fire(here, {}, number=2, state=WaveState.PAUSED)

    done = await getattr(here.core.campaigns, way)(PULSE.key, by=BY)
    again = await getattr(here.core.campaigns, way)(PULSE.key, by=BY)
    refusals = []
    for other in ("pause", "resume", "stop", "close"):
        if other != way:
            with pytest.raises(CampaignRefused) as refused:
                await getattr(here.core.campaigns, other)(PULSE.key, by=BY)
            refusals.append(reason_of(refused))
    with pytest.raises(CampaignRefused) as late:
        await here.core.campaigns.change(
            PULSE.key, plan(title="T"), expected_revision=done.campaign.revision, by=BY
        )
    with pytest.raises(CampaignRefused) as anew:
        await here.core.campaigns.launch(PULSE.key, expected_revision=3, typed=3, by=BY)

    assert await states(here) == (state, [wave, wave])
    assert (done.changed, again.changed) == (True, False)
    assert done.campaign.next_at is done.campaign.next_slot is None
    assert done.campaign.ended_at == NOON
    assert {*refusals, reason_of(late), reason_of(anew)} == {"over"}


async def test_a_draft_can_be_neither_paused_nor_stopped(here: Running) -> None:
    await drafted(here)

    for way, reason in (
        ("pause", "not_running"),
        ("resume", "not_paused"),
        ("stop", "not_launched"),
        ("close", "not_launched"),
        ("approve", "not_proposed"),
    ):
        with pytest.raises(CampaignRefused) as refused:
            await getattr(here.core.campaigns, way)(PULSE.key, by=BY)
        assert reason_of(refused) == reason


async def test_stopping_wins_over_whoever_changes_the_plan_meanwhile(here: Running) -> None:
    before = await launched(here)

    async def change(revision: int) -> None:
        with suppress(ChangedMeanwhile, CampaignRefused):
            await here.core.campaigns.change(
                PULSE.key, plan(title=f"{revision}"), expected_revision=revision, by=BY
            )

    _, stopped = await asyncio.gather(
        change(before.revision), here.core.campaigns.stop(PULSE.key, by=OTHER)
    )

    assert stopped.changed
    assert (await here.core.campaigns.get(PULSE.key)).state is CampaignState.STOPPED


async def test_the_sums_of_a_wave_are_its_audience(here: Running) -> None:
    await keep(here)
    await fire(
        here,
        {
            (InvitationState.SKIPPED, SkipReason.OPTED_OUT): 3,
            InvitationState.ANSWERED: 4,
            InvitationState.DELIVERED: 5,
            InvitationState.FAILED: 1,
        },
    )
    await fire(here, {(InvitationState.SKIPPED, SkipReason.LEFT): 2}, number=2)

    status = await here.core.campaigns.status(PULSE.key)

    second, first = status.waves
    assert (first.standing.audience, first.standing.invited, first.failed) == (13, 10, 1)
    assert first.rate is not None
    assert float(first.rate) == 0.4
    assert first.standing.reasons == {(InvitationState.SKIPPED, "opted_out"): 3}
    assert (second.standing.audience, second.rate) == (2, None)


async def states(here: Running) -> tuple[CampaignState, list[WaveState]]:
    status = await here.core.campaigns.status(PULSE.key)
    return status.campaign.state, [each.wave.state for each in status.waves]
