"""The survey administrator's checklist: nothing sends itself twice.

A repeat click, a repeat import and a restored backup all prove it on screen.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from survey.db import backup
from survey.domain.audit import OPERATOR
from survey.domain.records import InstallationKind
from survey.domain.waves import InvitationState
from tests.api.staff.test_campaign_launch_pages import people
from tests.api.staff.test_campaign_page import standing
from tests.api.staff.test_notices import told
from tests.api.staff.test_upload_pages import PEOPLE, imports, uploads
from tests.support.application import Running, running
from tests.support.campaigns import FIRST, PULSE, SET_UP, fire, keep
from tests.support.databases import DatabaseKind
from tests.support.staff import ADMINISTRATOR, signed_in

HERE = "/staff/campaigns/staff-pulse"
S = InvitationState


@pytest.fixture
def database_kind() -> DatabaseKind:
    """Screens only: launching, importing and restoring are tested on both databases."""
    return DatabaseKind.SQLITE


@pytest.fixture
async def here(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(database_url, tmp_path, **SET_UP) as application:
        await application.publish("people-pulse")
        yield application


async def test_launch_clicked_twice_asks_everybody_once_and_says_so(here: Running) -> None:
    await people(here, "oakfield", "elmwood")
    await here.core.campaigns.create(PULSE, by=OPERATOR)
    async with signed_in(here, ADMINISTRATOR) as manager:
        await manager.opens(f"{HERE}/plan")
        manager.types("2")
        launching = manager.sending("Launch")
        for _ in range(2):
            await manager.sends(launching)
        assert "It was launched before. Nothing was sent twice." in manager.text

    here.clock.time = FIRST.replace(tzinfo=here.core.settings.zone)
    fired = [await here.core.waves.fire_due() for _ in range(2)]
    await here.core.waves.expand_due()
    async with signed_in(here, ADMINISTRATOR) as manager:
        await manager.opens(HERE)
        assert (fired, standing(manager)["Everybody of the audience"]) == ([1, 0], 2)


async def test_a_list_imported_again_says_that_it_changes_nothing(here: Running) -> None:
    async with signed_in(here, ADMINISTRATOR) as manager:
        await imports(manager, PEOPLE)
        await uploads(manager, PEOPLE)

        assert "The list changes nothing" in manager.text
        assert not manager.has("Import the list")


async def test_a_restored_backup_says_on_every_page_of_a_campaign_that_it_sends_nothing(
    here: Running, database_url: str, tmp_path: Path
) -> None:
    await keep(here)
    await fire(here, {S.WAITING: 12})
    async with here.core.begin() as work:
        await work.installation.settle(InstallationKind.REAL)
        await work.commit()
    copy, elsewhere = tmp_path / "copy.backup", f"sqlite:///{tmp_path / 'restored.sqlite'}"
    await asyncio.to_thread(backup.back_up, database_url, copy)
    await asyncio.to_thread(backup.restore, elsewhere, copy)

    here.clock.time = here.clock.now() + timedelta(days=60)
    async with running(elsewhere, tmp_path, clock=here.clock, **SET_UP) as restored:
        assert await restored.core.waves.fire_due() == 0
        async with signed_in(restored, ADMINISTRATOR) as manager:
            for page in ("/staff/campaigns", HERE, f"{HERE}/plan", f"{HERE}/words"):
                await manager.opens(page)
                assert told(manager) == (
                    "Nothing is being sent: this was restored from a backup. "
                    "Whoever runs this server can check it and let it send again."
                ), page

            async with restored.core.begin() as work:
                await work.installation.release()
                await work.commit()
            await manager.opens(HERE)
            assert told(manager) == ""
