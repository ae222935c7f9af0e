"""The people of the bench drive the whole bot, and what they answered is found in the database."""

from pathlib import Path

import pytest

from tests.bench.answers import SCALES
from tests.bench.chatting import answering, echoing


async def test_every_answer_given_by_a_tap_is_read_back_from_the_database(
    database_url: str, tmp_path: Path
) -> None:
    async with answering(database_url, tmp_path / "house") as does:
        await does["prepare"](3)
        answered = await does["answer"](0)
        stored = await does["check"](0)

    assert answered["units"] == stored["answers"] == 3 * len(SCALES)


async def test_whole_lives_go_on_until_so_many_updates_were_handled(
    database_url: str, tmp_path: Path
) -> None:
    async with answering(database_url, tmp_path / "house") as does:
        lived = await does["live"](50)

    assert lived["updates"] >= 50


@pytest.mark.parametrize("command", ["echo", "taps"])
async def test_the_bare_dispatcher_handles_what_it_is_given(command: str) -> None:
    async with echoing() as does:
        assert (await does[command](40))["units"] == 40
