"""POST /api/v1/invitations: one person is asked after a contact."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2 as httpx
import pytest

from survey.domain.campaign import CampaignState
from survey.domain.waves import InvitationState, WaveState
from survey.ports import UnitOfWork
from survey.services.api_keys import Scope
from tests.api.conftest import Client
from tests.support.application import NOON, Running
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

CALL = {"campaign": "pulse", "person": "p1", "about": "your call", "on": "2026-05-13"}
KEY = {"Idempotency-Key": "call-centre-0000001"}
INVITED = {"outcome": "invited", "reason": None}


@dataclass(frozen=True, slots=True)
class ContactCentre:
    """Another system, with a key of its own."""

    client: Client
    here: Running

    async def post(self, headers: dict[str, str] | None = None, **changed: Any) -> httpx.Response:
        return await self.client.post("/invitations", json={**CALL, **changed}, headers=headers)

    async def told(self, headers: dict[str, str] | None = None, **changed: Any) -> Any:
        answer = await self.post(headers, **changed)
        assert answer.status_code == 201, answer.text
        return answer.json()


@pytest.fixture
async def centre(anybody: Client) -> ContactCentre:
    here = anybody.running
    await here.publish("people-pulse")
    await put(
        here,
        campaigns=[campaign(plan(schedule={"on_contact": True}))],
        people=[person(1), person(2)],
    )
    return ContactCentre(await anybody.with_scopes(Scope.INVITE), here)


def not_asked(reason: str) -> dict[str, str]:
    return {"outcome": "not_asked", "reason": reason}


async def change_plan(here: Running, **given: Any) -> None:
    async with here.core.begin() as work:
        before = await work.campaigns.get("pulse")
        assert before is not None
        state = given.pop("state", before.state)
        changed = plan(schedule={"on_contact": True}, **given)
        after = replace(before, plan=changed, state=state)
        assert await work.campaigns.save(after, expected_revision=before.revision)
        await work.commit()


async def test_somebody_is_asked_after_a_contact_in_the_wave_of_the_month(
    centre: ContactCentre,
) -> None:
    assert await centre.told(service="revenues_benefits") == INVITED

    month = await the_wave(centre.here)
    assert (month.slot, month.state, month.expanded_at) == ("2026-05", WaveState.OPEN, NOON)
    assert await states(centre.here) == {InvitationState.WAITING: 1}
    assert await messages(centre.here) == [(0, None)]
    async with centre.here.core.begin.read() as work:
        one = await work.invitations.in_wave("pulse.1", UUID(int=1))
    assert one is not None
    assert (one.about, one.about_service, str(one.about_day)) == (
        "your call",
        "revenues_benefits",
        "2026-05-13",
    )


@pytest.mark.parametrize("headers", [None, KEY], ids=["same contact", "same key"])
async def test_a_contact_that_is_told_again_has_the_same_answer_and_no_other_effect(
    centre: ContactCentre, headers: dict[str, str] | None
) -> None:
    assert [await centre.told(headers) for _ in range(3)] == [INVITED] * 3
    assert await messages(centre.here) == [(0, None)]


async def test_the_same_key_with_another_body_is_refused(centre: ContactCentre) -> None:
    await centre.told(KEY)

    again = await centre.post(KEY, about="another call")

    assert (again.status_code, again.json()["code"]) == (409, "idempotency_mismatch")


async def test_nobody_is_asked_twice_in_a_month(centre: ContactCentre) -> None:
    await centre.told()

    assert await centre.told(on="2026-05-14") == not_asked("same_survey")
    assert await messages(centre.here) == [(0, None)]


async def test_the_cap_counts_surveys_of_all_campaigns(centre: ContactCentre) -> None:
    """A19."""
    await centre.here.publish("service-satisfaction")
    other = invitation(person(1), "other.1")
    await put(
        centre.here,
        campaigns=[campaign(plan("other"))],
        waves=[wave("other", questionnaire="people-pulse")],
        asked=[other],
    )
    await sent(centre.here, other, 0, at=NOON - timedelta(days=20))

    assert await centre.told() == not_asked("same_survey")
    assert await states(centre.here) == {InvitationState.SKIPPED: 1}


async def test_so_many_in_a_hundred_are_asked_and_the_rest_are_counted(
    centre: ContactCentre,
) -> None:
    await change_plan(centre.here, contact_percent=40)
    await put(centre.here, people=[person(number) for number in range(3, 103)])

    told = [await centre.told(person=f"p{number}") for number in range(3, 103)]
    again = [await centre.told(person=f"p{number}") for number in range(3, 13)]

    asked = told.count(INVITED)
    assert again == told[:10]
    assert told.count(not_asked("not_drawn")) == 100 - asked
    assert 25 <= asked <= 55
    assert await states(centre.here) == {
        InvitationState.WAITING: asked,
        InvitationState.SKIPPED: 100 - asked,
    }


async def test_somebody_not_asked_before_may_be_asked_after_a_later_contact(
    centre: ContactCentre,
) -> None:
    """They have one row in the month all the same."""
    await change_plan(centre.here, contact_percent=50)
    outcomes = [await centre.told(on=f"2026-05-{day:02}") for day in range(1, 14)]

    assert outcomes.count(INVITED) == 1
    assert await states(centre.here) == {InvitationState.WAITING: 1}


async def test_nobody_with_an_open_problem_about_the_service_is_asked_about_it(
    centre: ContactCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Problems:
        async def among(
            self, work: UnitOfWork, people: list[UUID], *, services: Collection[str]
        ) -> set[UUID]:
            assert work.invitations
            return set(people) if "it" in services else set()

    monkeypatch.setattr(centre.here.core.waves._contacts, "_problems", Problems())

    assert await centre.told(service="it") == not_asked("open_problem")
    assert await centre.told(person="p2", service="hr") == INVITED


async def test_who_is_not_of_the_audience_is_not_asked_and_not_counted(
    centre: ContactCentre,
) -> None:
    await change_plan(centre.here, audience={"units": ["elmwood"]})

    assert await centre.told() == not_asked("not_in_audience")
    async with centre.here.core.begin.read() as work:
        assert await work.invitations.of_person(UUID(int=1)) == []


async def test_who_wants_no_surveys_is_not_asked(centre: ContactCentre) -> None:
    await put(centre.here, people=[person(9, opted_out_at=NOON)])

    assert await centre.told(person="p9") == not_asked("opted_out")


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("campaign", "nowhere", "not_a_campaign"),
        ("person", "nobody", "not_a_person"),
        ("service", "nothing", "not_a_service"),
        ("about", " ", "required"),
        ("about", "a\nb", "bad_sign"),
        ("about", "a\0b", "bad_sign"),
        ("on", "2026-05-15", "in_the_future"),
        ("on", "2026-04-01", "too_long_ago"),
        ("on", "yesterday", "date_from_datetime_parsing"),
        ("about", "a" * 201, "string_too_long"),
    ],
)
async def test_what_is_wrong_is_said_with_its_place(
    centre: ContactCentre, field: str, value: str, code: str
) -> None:
    refused = await centre.client.post("/invitations", json={**CALL, field: value})

    assert refused.status_code == 422
    assert [(each["path"], each["code"]) for each in refused.json()["errors"]] == [(field, code)]


async def test_a_campaign_by_the_calendar_takes_no_contacts(centre: ContactCentre) -> None:
    await put(centre.here, campaigns=[campaign(plan("weekly"))])

    refused = await centre.post(campaign="weekly")

    assert refused.json()["errors"][0]["code"] == "not_on_contact"


@pytest.mark.parametrize("state", [CampaignState.PAUSED, CampaignState.STOPPED])
async def test_a_campaign_that_is_not_running_asks_nobody(
    centre: ContactCentre, state: CampaignState
) -> None:
    await change_plan(centre.here, state=state)

    refused = await centre.post()

    assert (refused.status_code, refused.json()["code"]) == (409, "campaign_refused")


@pytest.mark.parametrize("scope", [each for each in Scope if each is not Scope.INVITE])
async def test_only_a_key_with_its_own_scope_invites(centre: ContactCentre, scope: Scope) -> None:
    other = await centre.client.with_scopes(scope)

    refused = await other.post("/invitations", json=CALL)

    assert refused.status_code == 403


@pytest.mark.usefixtures("centre")
async def test_without_a_key_nobody_is_invited(anybody: Client) -> None:
    refused = await anybody.post("/invitations", json=CALL)

    assert refused.status_code == 401
