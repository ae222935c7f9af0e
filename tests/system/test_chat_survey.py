"""A survey answered in chat, from the link to the receipt."""

from pathlib import Path

from tests.bot.conftest import sian, telegram, tom  # noqa: F401
from tests.bot.rig import house, presses, says
from tests.telegram.people import Person
from tests.telegram.server import FakeTelegram


async def test_one_person_answers_a_pulse_from_link_to_receipt(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database_url, tmp_path, telegram, "people-pulse"):
        notice = await says(sian, "/start s_people-pulse")
        print(notice)
        print(await presses(sian, "Start"))
        print(await says(sian, "oak"))
        print(await presses(sian, "Oakfield Primary School"))
        for _ in range(7):
            print(await presses(sian, "Agree"))
        print(await says(sian, "The rota <b>changes</b> & too late"))
        print(await presses(sian, "Send"))
        print(sian._described())
    assert 0
