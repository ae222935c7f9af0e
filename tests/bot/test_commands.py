"""Every command and button has a rule, a handler and words."""

from aiogram.filters import Command as Named

from bot.callbacks import Action, Page
from bot.commands import COMMANDS, RULES, START, menu
from bot.handlers import commands
from bot.sentences import Sentences, speech
from survey.locales import SPOKEN


def test_every_command_has_a_handler_and_every_handler_a_command() -> None:
    handled = {
        name
        for handler in commands.setup().message.handlers
        for each in handler.filters or ()
        if isinstance(each.callback, Named)
        for name in each.callback.commands
    }
    assert handled == {command.name for command in COMMANDS}


def test_every_command_but_start_is_in_the_menu_of_each_language() -> None:
    for language in SPOKEN:
        offered = menu(Sentences(language))
        assert set(offered) == {command.name for command in COMMANDS} - {START.name}
        assert all(1 <= len(what) <= 256 for what in offered.values())


def test_every_button_declares_who_may_press_it() -> None:
    assert set(RULES) == {*Action, *Page}


def test_the_language_is_that_of_the_first_code_we_speak() -> None:
    assert speech(None, "cy-GB").language == "cy"
    assert speech("en", "cy").language == "en"
    assert speech("fr", None).language == "en"
