"""Every command and button has a rule, a handler and words."""

from dataclasses import dataclass
from uuid import UUID

import pytest
from aiogram.filters import Command as Named

from bot.access import Rule, may
from bot.callbacks import Action, Asked, Page, PagePress, Press
from bot.case_buttons import About
from bot.commands import COMMANDS, RULES, START, menu, rule_of
from bot.handlers import commands, groups, writing
from bot.sentences import Sentences, speech
from survey.domain.records import Chat
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


def test_every_command_that_anybody_may_use_but_start_is_in_the_menu_of_each_language() -> None:
    for language in SPOKEN:
        offered = menu(Sentences(language))
        anybodys = {each.name for each in COMMANDS if each.rule is not Rule.ACCOUNT}
        assert set(offered) == anybodys - {START.name}
        for_staff = menu(Sentences(language), account=True)
        assert set(for_staff) == {each.name for each in COMMANDS} - {START.name}
        assert all(1 <= len(what) <= 256 for what in for_staff.values())


def test_every_button_declares_who_may_press_it() -> None:
    assert set(RULES) == {*Action, *Page, *Asked, *About}
    assert rule_of(PagePress(Page.JOIN_INSTEAD, "-")) is Rule.LINKED
    assert rule_of(Press(Action.SUBMIT, UUID(int=7))) is Rule.OWNER


def test_every_handler_of_messages_declares_who_may_use_it() -> None:
    for router in (commands.setup(), writing.setup(), groups.setup()):
        for observer in (router.message, router.edited_message):
            for handler in observer.handlers:
                assert isinstance(handler.flags.get("rule"), Rule), handler.callback


def test_the_rule_of_a_command_is_that_of_its_handler() -> None:
    declared = {
        name: handler.flags["rule"]
        for handler in commands.setup().message.handlers
        for each in handler.filters or ()
        if isinstance(each.callback, Named)
        for name in each.callback.commands
    }
    assert declared == {command.name: command.rule for command in COMMANDS}


@dataclass
class Visitor:
    chat: Chat
    account: bool = False

    async def has_account(self) -> bool:
        return self.account


@pytest.mark.parametrize("rule", Rule)
async def test_each_rule_lets_in_whom_it_names(rule: Rule) -> None:
    stranger = Visitor(Chat(1, 7))
    linked = Visitor(Chat(1, 7, person=UUID(int=7)))
    staff = Visitor(linked.chat, account=True)
    let_in = [await may(rule, each) for each in (stranger, linked, staff)]
    assert let_in == {
        Rule.LINKED: [False, True, True],
        Rule.ACCOUNT: [False, False, True],
    }.get(rule, [True, True, True])


def test_the_language_is_that_of_the_first_code_we_speak() -> None:
    assert speech(None, "cy-GB").language == "cy"
    assert speech("en", "cy").language == "en"
    assert speech("fr", None).language == "en"
