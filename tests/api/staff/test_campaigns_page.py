"""The list of campaigns: what is under way, when it asks next, how the last time went."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from survey.domain.accounts import Grant, Role
from survey.domain.campaign import CampaignState, Schedule
from survey.domain.questionnaire import Privacy
from survey.domain.waves import InvitationState, SkipReason
from tests.support.application import Running
from tests.support.campaigns import PULSE, fire, keep
from tests.support.staff import ADMINISTRATOR, signed_in
from tests.support.web import WebPerson

MANAGER = Grant(Role.SURVEY_MANAGER)
S = InvitationState


@pytest.fixture
async def manager(here: Running) -> AsyncIterator[WebPerson]:
    await here.publish("people-pulse")
    async with signed_in(here, MANAGER) as person:
        yield person


def rows(person: WebPerson) -> list[str]:
    return [each.text for each in person.page.all("li", class_="tb-campaigns__one")]


async def test_a_new_installation_says_what_to_do_first(manager: WebPerson) -> None:
    await manager.opens("/staff/campaigns")

    assert manager.heading == "Campaigns"
    assert "Nobody is asked anything yet." in manager.text
    assert "Plan a campaign" in manager.text


async def test_each_campaign_tells_its_state_its_next_date_in_london_and_its_last_time(
    here: Running, manager: WebPerson
) -> None:
    await keep(here, next_at=datetime(2026, 6, 2, 8, tzinfo=UTC), next_slot="2026-06-02T09:00")
    await fire(here, {S.ANSWERED: 9, S.DELIVERED: 4, (S.SKIPPED, SkipReason.OPTED_OUT): 2})

    await manager.opens("/staff/campaigns")

    assert rows(manager) == [
        "Staff pulse Running from People team "
        "Next date Tuesday 2 June, 09:00 Last time 9 of 13 answered"
    ]


async def test_of_so_few_that_it_would_name_them_it_is_not_told_how_many_answered(
    here: Running, manager: WebPerson
) -> None:
    """B48."""
    await keep(here)
    await fire(here, {S.ANSWERED: 1, S.DELIVERED: 2})

    await manager.opens("/staff/campaigns")

    assert "3 asked" in rows(manager)[0]
    assert "answered" not in rows(manager)[0]


async def test_of_bodies_it_is_told_how_many_answered_however_few(
    here: Running, manager: WebPerson
) -> None:
    await keep(here)
    await fire(here, {S.ANSWERED: 1, S.DELIVERED: 2}, privacy=Privacy.ATTRIBUTED)

    await manager.opens("/staff/campaigns")

    assert "1 of 3 schools or departments answered" in rows(manager)[0]


async def test_what_is_over_is_found_under_its_own_heading(
    here: Running, manager: WebPerson
) -> None:
    await keep(here)
    other = PULSE.model_copy(
        update={"key": "calls", "title": "Calls", "schedule": Schedule(on_contact=True)}
    )
    await keep(here, other, state=CampaignState.STOPPED)

    await manager.opens("/staff/campaigns?show=over")
    assert [each.split(" ")[0] for each in rows(manager)] == ["Calls"]
    await manager.opens("/staff/campaigns?show=all")
    assert len(rows(manager)) == 2


async def test_who_may_look_but_not_run_is_offered_nothing_to_press(here: Running) -> None:
    async with signed_in(here, Grant(Role.SERVICE_MANAGER)) as reader:
        await reader.opens("/staff/campaigns")
        assert reader.status == 200
        assert "Plan a campaign" not in reader.text
    async with signed_in(here, Grant(Role.SURVEY_MANAGER, unit="schools")) as partly:
        await partly.opens("/staff/campaigns")
        assert partly.status == 403
    async with signed_in(here, ADMINISTRATOR) as administrator:
        await administrator.opens("/staff")
        assert "Campaigns" in administrator.page.text
