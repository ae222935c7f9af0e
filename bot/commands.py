"""The commands of the bot: their names, who may use them, and what the menu says of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.callbacks import Action, Page
from bot.sentences import Sentences


class Rule(StrEnum):
    """Who may use a command or a button; a test fails where one declares none."""

    ANYBODY = "anybody in a private chat"
    OWNER = "the person whose conversation it is"


@dataclass(frozen=True, slots=True)
class Command:
    name: str
    rule: Rule


START: Final = Command("start", Rule.ANYBODY)
SURVEY: Final = Command("survey", Rule.ANYBODY)
BACK: Final = Command("back", Rule.OWNER)
SKIP: Final = Command("skip", Rule.OWNER)
CANCEL: Final = Command("cancel", Rule.OWNER)
WEB: Final = Command("web", Rule.OWNER)
LANGUAGE: Final = Command("language", Rule.ANYBODY)
PRIVACY: Final = Command("privacy", Rule.ANYBODY)
STOP: Final = Command("stop", Rule.ANYBODY)
HELP: Final = Command("help", Rule.ANYBODY)

RULES: Final[Mapping[Action | Page, Rule]] = {
    Action.START: Rule.OWNER,
    Action.DECLINE: Rule.OWNER,
    Action.ANSWER: Rule.OWNER,
    Action.TICK: Rule.OWNER,
    Action.UNTICK: Rule.OWNER,
    Action.DONE: Rule.OWNER,
    Action.SKIP: Rule.OWNER,
    Action.READ: Rule.OWNER,
    Action.CHOOSE_UNIT: Rule.OWNER,
    Action.BACK: Rule.OWNER,
    Action.MENU: Rule.OWNER,
    Action.CHANGE: Rule.OWNER,
    Action.SUBMIT: Rule.OWNER,
    Action.ASK_CANCEL: Rule.OWNER,
    Action.CANCEL: Rule.OWNER,
    Action.SHOW: Rule.OWNER,
    Action.START_AGAIN: Rule.OWNER,
    Action.KEEP: Rule.OWNER,
    Action.DROP: Rule.OWNER,
    Action.TO_WEB: Rule.OWNER,
    Action.TAKE_BACK: Rule.OWNER,
    Page.SURVEY: Rule.ANYBODY,
    Page.ANSWER_AGAIN: Rule.ANYBODY,
    Page.LANGUAGE: Rule.ANYBODY,
    Page.MOVE_HERE: Rule.ANYBODY,
    Page.STAY_THERE: Rule.ANYBODY,
}
"""Who may press a button; `Talk.resume` is where an owner is told from others."""

COMMANDS: Final = (START, SURVEY, BACK, SKIP, CANCEL, WEB, LANGUAGE, PRIVACY, STOP, HELP)


def menu(say: Sentences) -> dict[str, str]:
    """What each command does, in the order of the menu; /start is Telegram's own button."""
    return {
        SURVEY.name: say._("Answer a survey, or go on where you were"),
        BACK.name: say._("Go back one question"),
        SKIP.name: say._("Skip this question"),
        CANCEL.name: say._("Throw your answers away"),
        WEB.name: say._("Continue on the web"),
        LANGUAGE.name: say._("Choose the language"),
        PRIVACY.name: say._("What happens with your answers"),
        STOP.name: say._("Get no more messages from us"),
        HELP.name: say._("What I can do"),
    }
