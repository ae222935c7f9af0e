"""A dry run plays the whole of a campaign with simulated people, and reaches nobody."""

import asyncio
from datetime import datetime
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from bot.dry_run import BANNER
from bot.dry_run.crowd import PEOPLE
from bot.dry_run.house import house_like
from bot.dry_run.play import dry_run
from bot.dry_run.result import LINE
from survey.db.tables import metadata
from survey.domain.campaign import Audience, CampaignPlan, ChannelName, Schedule
from survey.domain.waves import InvitationState
from survey.errors import CampaignRefused, NotFound
from tests.support.application import UNITS, Running, running

PLAN = CampaignPlan(
    key="pulse",
    title="Staff pulse",
    questionnaire="people-pulse",
    sender="People team",
    purpose="To see how things are going.",
    notice="Staff privacy notice, May 2026",
    audience=Audience(units=("schools",)),
    schedule=Schedule(start=datetime.fromisoformat("2026-05-18T09:00")),
    open_days=21,
)
TRAP = 9
"""The port at which the bot's service and the mail server of the real settings would be."""


async def everything(here: Running) -> list[str]:
    found = []
    async with here.core.database.reading() as connection:
        for table in metadata.sorted_tables:
            rows = await connection.execute(text(f'SELECT * FROM "{table.name}"'))
            found += sorted(f"{table.name}: {tuple(row)!r}" for row in rows)
    return found


async def test_b46_a_dry_run_reaches_nobody_changes_nothing_and_says_so_on_every_line(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B46, with a token and a mail server set up in the real settings."""
    called: list[Any] = []
    connect = asyncio.BaseEventLoop.create_connection

    async def watched(*args: Any, **named: Any) -> Any:
        called.extend([*args, *named.values()])
        return await connect(*args, **named)

    monkeypatch.setattr(asyncio.BaseEventLoop, "create_connection", watched)
    async with running(
        database_url,
        tmp_path,
        telegram_token=SecretStr("12345:real-token-of-a-real-bot-000000000"),
        telegram_api_base=f"http://127.0.0.1:{TRAP}",
        smtp_url=SecretStr(f"smtp://127.0.0.1:{TRAP}"),
        mail_from="surveys@barnet.example",
        public_url="https://surveys.barnet.example",
    ) as here:
        await here.publish("people-pulse")
        before, begun = await everything(here), process_time()

        played = await dry_run(here.core, PLAN)

        assert process_time() - begun < 120
        assert await everything(here) == before
    assert TRAP not in called

    lines = list(played.lines())
    assert all(line.startswith(LINE) for line in lines)
    assert BANNER in lines[0]
    assert BANNER in lines[-1]
    assert all(
        "This is a test. Nobody is asked, and nothing counts." in each.text
        for each in played.messages
    )
    assert "surveys.barnet.example" not in "\n".join(lines)

    assert [each.audience for each in played.moments] == [PEOPLE] * len(played.moments)
    ended = played.moments[-1].states
    assert ended[InvitationState.ANSWERED] == played.answered == 39
    assert (ended[InvitationState.REFUSED], ended[InvitationState.BLOCKED]) == (4, 3)
    assert played.percent == 78
    kinds = {(each.channel, each.number) for each in played.messages}
    assert kinds == {(by, number) for by in ChannelName for number in (0, 1, 2)}
    (figure,) = played.figures
    assert figure.finding.startswith("The staff engagement index is ")


async def test_b46_there_is_no_token_server_or_secret_of_the_real_one_in_its_house(
    tmp_path: Path,
) -> None:
    async with running(
        f"sqlite:///{tmp_path / 'real.sqlite'}",
        tmp_path,
        telegram_token=SecretStr("12345:real-token-of-a-real-bot-000000000"),
        smtp_url=SecretStr("smtp://127.0.0.1:9"),
        mail_from="surveys@barnet.example",
    ) as here:
        async with house_like(here.core) as house:
            settings = house.core.settings
            assert not settings.telegram_token.get_secret_value()
            assert not settings.smtp_url.get_secret_value()
            assert not house.core.email_channel.set_up
            assert settings.secret_key != here.core.settings.secret_key
            assert settings.database_url != here.core.settings.database_url
            assert not settings.key_dir.is_relative_to(tmp_path)
            assert not settings.files_dir.is_relative_to(tmp_path)
            folder = settings.key_dir.parent
            async with house.core.begin.read() as work:
                assert not await work.people.count()
        assert not folder.exists()


async def test_a_plan_that_cannot_be_played_is_refused(tmp_path: Path) -> None:
    async with running(f"sqlite:///{tmp_path / 'real.sqlite'}", tmp_path) as here:
        with pytest.raises(NotFound):
            await dry_run(here.core, PLAN)
        await here.publish("people-pulse")
        nowhere = PLAN.model_copy(update={"audience": Audience(kinds=("ship",))})
        with pytest.raises(CampaignRefused):
            await dry_run(here.core, nowhere)


async def test_a_survey_of_a_fixed_unit_is_played_for_each_body(tmp_path: Path) -> None:
    async with running(f"sqlite:///{tmp_path / 'real.sqlite'}", tmp_path) as here:
        await here.publish("member-it")
        changes = {"questionnaire": "member-it", "audience": Audience()}

        played = await dry_run(here.core, PLAN.model_copy(update=changes))

    assert played.invited == len(UNITS)
    assert played.answered
