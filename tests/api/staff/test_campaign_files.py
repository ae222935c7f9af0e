"""Campaign files on pages: pasted or sent they make the same plan, and come out as they went in."""

from collections.abc import AsyncIterator

import pytest

from survey.domain.accounts import Grant, Role
from survey.domain.audit import OPERATOR
from survey.domain.campaign_file import read_campaign, written
from tests.support.application import Running
from tests.support.campaigns import PULSE
from tests.support.staff import signed_in
from tests.support.web import WebPerson


@pytest.fixture
async def manager(here: Running) -> AsyncIterator[WebPerson]:
    await here.publish("people-pulse")
    async with signed_in(here, Grant(Role.SURVEY_MANAGER)) as person:
        yield person


async def test_a_file_that_is_pasted_makes_the_campaign_and_one_that_is_sent_changes_it(
    here: Running, manager: WebPerson
) -> None:
    await manager.opens("/staff/campaign-file")
    manager.types(written(PULSE), into="text")
    await manager.presses("Use it")
    assert manager.heading == "Before you launch"

    changed = PULSE.model_copy(update={"title": "Another title"})
    await manager.opens("/staff/campaign-file")
    manager.attaches("pulse.yaml", written(changed).encode())
    await manager.presses("Use it")

    assert (await here.core.campaigns.get("staff-pulse")).plan == changed


async def test_a_file_with_faults_names_each_with_its_line_and_stays_typed(
    manager: WebPerson,
) -> None:
    await manager.opens("/staff/campaign-file")
    manager.types("key: x\nquestionnaire: people-pulse\nopen_days: 0\ncolour: red\n", into="text")

    await manager.presses("Use it")

    faults = manager.page.one("div", class_="govuk-error-summary").all("li")
    assert manager.status == 422
    assert {each.text.partition(":")[0] for each in faults} >= {"Line 3", "Line 4"}
    assert "colour: red" in manager.page.one("textarea").raw


async def test_an_empty_form_says_what_to_do(manager: WebPerson) -> None:
    await manager.opens("/staff/campaign-file")

    await manager.presses("Use it")

    assert manager.error == "Paste a campaign file, or choose one"


async def test_the_plan_is_given_out_as_a_file_that_reads_as_the_same_plan(
    here: Running, manager: WebPerson
) -> None:
    await here.core.campaigns.create(PULSE, by=OPERATOR)

    answer = await manager.http.get("/staff/campaigns/staff-pulse/file")

    assert answer.headers["content-disposition"] == 'attachment; filename="staff-pulse.yaml"'
    assert read_campaign(answer.text, name="staff-pulse.yaml") == PULSE
