"""The dry run on its page: sums that add up, and nothing that could be taken for real."""

from time import monotonic

import pytest

from survey.domain.accounts import Grant, Role
from survey.domain.audit import OPERATOR
from tests.support.application import Running
from tests.support.campaigns import PULSE
from tests.support.databases import DatabaseKind
from tests.support.staff import signed_in


@pytest.fixture
def database_kind() -> DatabaseKind:
    """It plays in a world of its own, whichever database is the real one."""
    return DatabaseKind.SQLITE


async def test_a_dry_run_is_clearly_not_real_and_leaves_nothing_behind(here: Running) -> None:
    """The survey administrator's checklist: 50 simulated people, in two minutes at most."""
    await here.publish("people-pulse")
    await here.core.campaigns.create(PULSE, by=OPERATOR)
    async with signed_in(here, Grant(Role.SURVEY_MANAGER)) as manager:
        await manager.opens("/staff/campaigns/staff-pulse/plan")
        begun = monotonic()
        await manager.presses("Play a dry run")

        assert monotonic() - begun < 120
        assert manager.heading == "Dry run: nothing of this is real"
        assert "nobody was asked, nothing is kept" in manager.text
        table = manager.page.one("table")
        for row in table.one("tbody").all("tr"):
            *states, audience = (int(each.text) for each in row.all("td"))
            assert sum(states) == audience == 50
        async with here.core.begin.read() as work:
            assert await work.waves.of("staff-pulse") == []
            assert await work.people.count() == 0
