"""On every page of staff: what is held or paused, so that nobody waits for what is not sent."""

from datetime import timedelta

from survey.domain.accounts import Grant, Role
from survey.domain.audit import OPERATOR
from survey.domain.records import InstallationKind
from survey.domain.waves import PauseKind
from tests.support.application import NOON, Running
from tests.support.campaigns import keep
from tests.support.staff import ADMINISTRATOR, signed_in
from tests.support.web import WebPerson


def told(person: WebPerson) -> str:
    strips = person.page.all("aside", class_="tb-standstill")
    return strips[0].text if strips else ""


async def test_every_page_says_that_a_restored_backup_sends_nothing(here: Running) -> None:
    async with signed_in(here, Grant(Role.VIEWER)) as viewer:
        await viewer.opens("/staff")
        assert told(viewer) == ""
        async with here.core.begin() as work:
            await work.installation.settle(InstallationKind.REAL)
            await work.installation.hold(at=NOON)
            await work.commit()
        for address in ("/staff", "/staff/units", "/staff/trends", "/staff/account"):
            await viewer.opens(address)
            assert "restored from a backup" in told(viewer), address


async def test_every_page_says_which_campaigns_are_paused_to_those_who_may_see_them(
    here: Running,
) -> None:
    await here.publish("people-pulse")
    await keep(here)
    await here.core.campaigns.pause("staff-pulse", by=OPERATOR)
    async with signed_in(here, ADMINISTRATOR) as manager:
        await manager.opens("/staff/people")
        assert "nothing of it is sent: Staff pulse" in told(manager)
        await here.core.campaigns.resume("staff-pulse", by=OPERATOR)
        await manager.reloads()
        assert told(manager) == ""
        await here.core.campaigns.pause("staff-pulse", by=OPERATOR)
    async with signed_in(here, Grant(Role.VIEWER)) as viewer:
        await viewer.opens("/staff")
        assert told(viewer) == ""


async def test_every_page_says_why_and_until_when_the_calendar_lets_nothing_leave(
    here: Running,
) -> None:
    await here.core.calendar.pause(
        kind=PauseKind.PRE_ELECTION,
        name="Local elections",
        begins_at=NOON,
        ends_at=NOON + timedelta(days=3),
        by=OPERATOR,
    )
    async with signed_in(here, Grant(Role.VIEWER)) as viewer:
        await viewer.opens("/staff")
        assert told(viewer) == "Nothing is being sent until 17 May 2026, 13:00: Local elections."
