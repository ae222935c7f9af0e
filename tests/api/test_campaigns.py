"""GET /campaigns: sums, and never of so few that they tell of somebody."""

import pytest

from survey.domain.questionnaire import Privacy
from survey.domain.waves import InvitationState, SkipReason
from survey.services.api_keys import Scope
from tests.api.conftest import Client
from tests.support.campaigns import PULSE, fire, keep

Standings = dict[tuple[InvitationState, str | None] | InvitationState, int]

ANSWERED: Standings = {
    (InvitationState.SKIPPED, SkipReason.OPTED_OUT): 2,
    InvitationState.DELIVERED: 6,
    InvitationState.ANSWERED: 5,
    InvitationState.FAILED: 1,
}


@pytest.fixture
async def reader(anybody: Client) -> Client:
    await anybody.running.publish("people-pulse")
    await keep(anybody.running)
    return await anybody.with_scopes(Scope.READ)


async def test_campaigns_are_listed_as_they_stand(reader: Client) -> None:
    assert (await reader.get("/campaigns")).json() == [
        {
            "key": PULSE.key,
            "title": PULSE.title,
            "state": "running",
            "questionnaire": "people-pulse",
            "version": 1,
            "next_at": None,
        }
    ]


async def test_the_counts_of_a_wave_add_up_to_its_audience(reader: Client) -> None:
    await fire(reader.running, ANSWERED)

    (wave,) = (await reader.get(f"/campaigns/{PULSE.key}")).json()["waves"]

    assert sum(wave["states"].values()) == wave["audience"] == 14
    assert (wave["invited"], wave["failed"], wave["repeated"]) == (12, 1, 0)
    assert wave["response_rate"] == 0.4167
    assert wave["reasons"] == {"skipped": {"opted_out": 2}}


async def test_b48_of_fewer_than_the_floor_no_count_is_told(reader: Client) -> None:
    few: Standings = {InvitationState.DELIVERED: 5, InvitationState.ANSWERED: 4}
    await fire(reader.running, few, privacy=Privacy.ANONYMOUS)
    await fire(reader.running, few, number=2, privacy=Privacy.CONFIDENTIAL)
    await fire(reader.running, few, number=3, privacy=Privacy.ATTRIBUTED)

    third, second, first = (await reader.get(f"/campaigns/{PULSE.key}")).json()["waves"]

    for wave in (first, second):
        assert (wave["audience"], wave["invited"]) == (9, 9)
        told = {wave[name] for name in ("states", "reasons", "response_rate", "failed")}
        assert told == {None}
    assert third["states"]["answered"] == 4


async def test_no_person_is_told_of(reader: Client) -> None:
    wave = await fire(reader.running, ANSWERED)
    async with reader.running.core.begin.read() as work:
        invited = await work.invitations.listed(
            wave.key, list(InvitationState), limit=99, after=None
        )

    text = (await reader.get(f"/campaigns/{PULSE.key}")).text

    assert len(invited) == 14
    assert not any(str(each.person) in text or str(each.id) in text for each in invited)


async def test_an_unknown_campaign_is_not_found(reader: Client) -> None:
    answer = await reader.get("/campaigns/nothing")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_only_a_key_with_its_scope_reads_them(reader: Client, anybody: Client) -> None:
    other = await reader.with_scopes(Scope.WRITE)

    assert (await other.get("/campaigns")).status_code == 403
    assert (await anybody.get("/campaigns")).status_code == 401
