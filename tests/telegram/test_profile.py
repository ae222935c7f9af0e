"""What the bot says about itself, and the menu that each person sees."""

from typing import TYPE_CHECKING

import pytest
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import BotCommand, BotCommandScopeAllPrivateChats, BotCommandScopeChat

from tests.telegram.people import Person
from tests.telegram.server import FakeTelegram

if TYPE_CHECKING:
    from aiogram import Bot


def commands(**described: str) -> list[BotCommand]:
    return [BotCommand(command=name, description=text) for name, text in described.items()]


async def test_people_see_the_menu_in_their_language(bot: "Bot", sian: Person, tom: Person) -> None:
    await bot.set_my_commands(commands(help="Help"))
    await bot.set_my_commands(commands(help="Cymorth"), language_code="cy")
    assert sian.menu == {"help": "Cymorth"}
    assert tom.menu == {"help": "Help"}
    in_welsh = await bot.get_my_commands(language_code="cy")
    assert [(each.command, each.description) for each in in_welsh] == [("help", "Cymorth")]
    assert await bot.get_my_commands(language_code="fr") == []


async def test_a_narrower_scope_comes_first(bot: "Bot", sian: Person, tom: Person) -> None:
    await bot.set_my_commands(commands(help="Help"), language_code="cy")
    await bot.set_my_commands(commands(stop="Stop"), scope=BotCommandScopeAllPrivateChats())
    await bot.set_my_commands(commands(mine="Mine"), scope=BotCommandScopeChat(chat_id=tom.id))
    assert sian.menu == {"stop": "Stop"}
    assert tom.menu == {"mine": "Mine"}
    await bot.delete_my_commands(scope=BotCommandScopeAllPrivateChats())
    assert sian.menu == {"help": "Help"}


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        (commands(Help="x"), "BOT_COMMAND_INVALID"),
        (commands(**{"my-data": "x"}), "BOT_COMMAND_INVALID"),
        (commands(help=""), "BOT_COMMAND_DESCRIPTION_INVALID"),
        (commands(help="x" * 257), "BOT_COMMAND_DESCRIPTION_INVALID"),
        (commands(**{f"c{n}": "x" for n in range(101)}), "BOT_COMMANDS_TOO_MUCH"),
    ],
)
async def test_a_bad_menu_is_refused(bot: "Bot", given: list[BotCommand], refusal: str) -> None:
    with pytest.raises(TelegramBadRequest, match=refusal):
        await bot.set_my_commands(given)


async def test_a_language_has_two_letters(bot: "Bot") -> None:
    with pytest.raises(TelegramBadRequest, match="invalid language code"):
        await bot.set_my_commands(commands(help="x"), language_code="cy-GB")


async def test_name_and_descriptions_are_kept_by_language(
    bot: "Bot", telegram: FakeTelegram
) -> None:
    await bot.set_my_name("Adborth", language_code="cy")
    await bot.set_my_description("Asks short questions")
    await bot.set_my_short_description("Short questions")
    assert (await bot.get_my_name("cy")).name == "Adborth"
    assert (await bot.get_my_name()).name == "Tellback"
    assert (await bot.get_my_description("cy")).description == "Asks short questions"
    assert (await bot.get_my_short_description()).short_description == "Short questions"
    with pytest.raises(TelegramBadRequest, match="description is too long"):
        await bot.set_my_description("x" * 513)
