"""The dry run on its pages: progress, sums that add up, and nothing that looks real."""

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from api.app import create_app
from api.staff import dry_runs
from api.staff.dry_runs import DryRuns, Stage
from bot.dry_run import DryRun
from survey.domain.accounts import Grant, Role
from survey.domain.audit import OPERATOR
from survey.domain.campaign import CampaignPlan
from survey.errors import Busy, CampaignRefused
from survey.wiring import Application
from tests.support.application import Running
from tests.support.browser import assert_no_axe_violations
from tests.support.campaigns import PULSE
from tests.support.databases import DatabaseKind
from tests.support.server import serving
from tests.support.staff import an_account, signed_in, staff_secret_of

MANAGER = Grant(Role.SURVEY_MANAGER)
PLAYED = DryRun("Staff pulse", (), (), (), invited=50, answered=20, percent=40)


@pytest.fixture
def database_kind() -> DatabaseKind:
    """It plays in a world of its own, whichever database is the real one."""
    return DatabaseKind.SQLITE


class Stand:
    """Stands in for the play: each waits until it is let go."""

    def __init__(self) -> None:
        self.playing: list[str] = []
        self.go_on = asyncio.Event()
        self.ends: Exception | None = None

    async def __call__(
        self, _core: Application, plan: CampaignPlan, *, progress: Callable[[float], object]
    ) -> DryRun:
        self.playing.append(plan.key)
        progress(0.4)
        await self.go_on.wait()
        self.playing.remove(plan.key)
        if self.ends is not None:
            raise self.ends
        return PLAYED


@pytest.fixture
def stand(monkeypatch: pytest.MonkeyPatch) -> Stand:
    stand = Stand()
    monkeypatch.setattr(dry_runs, "dry_run", stand)
    return stand


def plan(key: str) -> CampaignPlan:
    return PULSE.model_copy(update={"key": key})


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_dry_run_is_clearly_not_real_and_leaves_nothing_behind(here: Running) -> None:
    """The survey administrator's checklist: 50 simulated people, in two minutes at most."""
    await here.publish("people-pulse")
    await here.core.campaigns.create(PULSE, by=OPERATOR)
    async with signed_in(here, MANAGER) as manager:
        await manager.opens("/staff/campaigns/staff-pulse/plan")
        begun = monotonic()
        await manager.presses("Play a dry run")
        assert manager.heading == "Playing a dry run"
        assert "Nothing of this is real" in manager.text
        while manager.heading == "Playing a dry run":
            await asyncio.sleep(0.2)
            await manager.opens("/staff/campaigns/staff-pulse/dry-run")

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


async def test_one_is_played_at_a_time_and_too_many_are_sent_away(
    here: Running, stand: Stand
) -> None:
    runs = DryRuns(here.core, most=2)
    first, second = runs.begin(plan("a"), by="ann"), runs.begin(plan("b"), by="ann")
    await settle()

    assert stand.playing == ["a"]
    assert (first.stage, first.share, second.stage) == (Stage.PLAYING, 0.4, Stage.WAITING)
    assert runs.begin(plan("a"), by="ann") is first
    with pytest.raises(Busy):
        runs.begin(plan("c"), by="ann")
    stand.go_on.set()
    await settle()
    assert (first.stage, second.stage) == (Stage.PLAYED, Stage.PLAYED)
    assert runs.find("a", by="ben") is None


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        (
            CampaignRefused("staff-pulse", "nobody_fits"),
            "A dry run needs a survey that is published, and a school or department that fits",
        ),
        (
            ZeroDivisionError("secret"),
            "The dry run could not be played. Nothing was changed. Try again",
        ),
    ],
)
async def test_one_that_cannot_be_played_says_so_on_the_plan(
    here: Running, stand: Stand, ends: Exception, said: str
) -> None:
    stand.ends = ends
    stand.go_on.set()
    await here.publish("people-pulse")
    await here.core.campaigns.create(PULSE, by=OPERATOR)
    async with signed_in(here, MANAGER) as manager:
        await manager.opens("/staff/campaigns/staff-pulse/plan")
        await manager.presses("Play a dry run")
        await settle()
        await manager.opens("/staff/campaigns/staff-pulse/dry-run")

        assert (manager.status, manager.error) == (422, said)


async def test_without_one_the_address_leads_to_the_plan(here: Running) -> None:
    await here.publish("people-pulse")
    await here.core.campaigns.create(PULSE, by=OPERATOR)
    async with signed_in(here, MANAGER) as manager:
        await manager.opens("/staff/campaigns/staff-pulse/dry-run")
        assert manager.heading == "Before you launch"


async def test_a_run_that_another_process_plays_is_played_here_as_well(
    here: Running, stand: Stand
) -> None:
    stand.go_on.set()
    await here.publish("people-pulse")
    await here.core.campaigns.create(PULSE, by=OPERATOR)
    now = int(here.clock.now().timestamp())
    async with signed_in(here, MANAGER) as manager:
        await manager.opens(f"/staff/campaigns/staff-pulse/dry-run?begun={now}")
        assert manager.heading == "Playing a dry run"
        await settle()
        await manager.opens(f"/staff/campaigns/staff-pulse/dry-run?begun={now}")
        assert manager.heading == "Dry run: nothing of this is real"


@pytest.mark.parametrize("begun", ["", "soon", "9" * 10, "9" * 11, "1"])
async def test_one_that_nobody_keeps_any_more_leads_to_the_plan(here: Running, begun: str) -> None:
    await here.publish("people-pulse")
    await here.core.campaigns.create(PULSE, by=OPERATOR)
    async with signed_in(here, MANAGER) as manager:
        await manager.opens(f"/staff/campaigns/staff-pulse/dry-run?begun={begun}")
        assert manager.heading == "Before you launch"


@pytest.mark.parametrize("scripts", [True, False])
async def test_the_page_shows_how_far_it_is_and_then_the_result_by_itself(
    here: Running, stand: Stand, browser: Browser, scripts: bool
) -> None:
    await here.publish("people-pulse")
    await here.core.campaigns.create(PULSE, by=OPERATOR)
    secret = await staff_secret_of(here, await an_account(here, MANAGER))
    async with serving(create_app(here.core, here.figures)) as address:
        options: dict[str, Any] = {"viewport": {"width": 320, "height": 640}}
        context = await browser.new_context(java_script_enabled=scripts, **options)
        await context.add_cookies([{"name": "tellback-staff", "value": secret, "url": address}])
        page = await context.new_page()
        await page.goto(f"{address}/staff/campaigns/staff-pulse/plan")
        await page.get_by_role("button", name="Play a dry run").click()
        await expect(page.get_by_text("40% is played.")).to_be_visible()
        if scripts:
            await assert_no_axe_violations(page)
            assert await page.evaluate("document.documentElement.scrollWidth") <= 320
        stand.go_on.set()
        result = page.get_by_role("heading", level=1, name="Dry run: nothing of this is real")
        await expect(result).to_be_visible(timeout=20_000)
