"""The commands of the bot: their names, who may use them, and what the menu says of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.access import Rule
from bot.callbacks import Action, Asked, Page, PagePress, Pressed
from bot.case_buttons import About
from bot.sentences import Sentences


@dataclass(frozen=True, slots=True)
class Command:
    name: str
    rule: Rule


START: Final = Command("start", Rule.ANYBODY)
SURVEY: Final = Command("survey", Rule.ANYBODY)
REPORT: Final = Command("report", Rule.ANYBODY)
MYCASES: Final = Command("mycases", Rule.ANYBODY)
BACK: Final = Command("back", Rule.OWNER)
SKIP: Final = Command("skip", Rule.OWNER)
CANCEL: Final = Command("cancel", Rule.OWNER)
WEB: Final = Command("web", Rule.OWNER)
LANGUAGE: Final = Command("language", Rule.ANYBODY)
PRIVACY: Final = Command("privacy", Rule.ANYBODY)
MYDATA: Final = Command("mydata", Rule.ANYBODY)
SIGNIN: Final = Command("signin", Rule.ACCOUNT)
STOP: Final = Command("stop", Rule.ANYBODY)
HELP: Final = Command("help", Rule.ANYBODY)

RULES: Final[Mapping[Action | Page | Asked | About, Rule]] = {
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
    Action.SAME: Rule.OWNER,
    Page.SURVEY: Rule.ANYBODY,
    Page.ANSWER_AGAIN: Rule.ANYBODY,
    Page.LANGUAGE: Rule.ANYBODY,
    Page.MOVE_HERE: Rule.ANYBODY,
    Page.STAY_THERE: Rule.ANYBODY,
    Page.JOIN: Rule.ANYBODY,
    Page.JOIN_INSTEAD: Rule.LINKED,
    Page.FORGET: Rule.ANYBODY,
    Page.FORGET_SURE: Rule.ANYBODY,
    Page.NOTHING: Rule.ANYBODY,
    Page.INVITATION: Rule.LINKED,
    Page.REPORTS: Rule.ANYBODY,
    Page.REPORT: Rule.ANYBODY,
    Page.SCHOOL: Rule.LINKED,
    Asked.START: Rule.INVITED,
    Asked.NOT_NOW: Rule.INVITED,
    Asked.HOUR: Rule.INVITED,
    Asked.TOMORROW: Rule.INVITED,
    Asked.WEEK: Rule.INVITED,
    Asked.NEVER: Rule.INVITED,
    Asked.STOP: Rule.INVITED,
    Asked.SHOW: Rule.INVITED,
    Asked.SAME: Rule.INVITED,
    Asked.HAND_ON: Rule.INVITED,
    Asked.GIVE: Rule.INVITED,
    Asked.TAKE_BACK: Rule.INVITED,
    Asked.RECALL: Rule.INVITED,
    About.OPEN: Rule.REPORTER,
    About.JUDGE: Rule.REPORTER,
    About.RATE: Rule.REPORTER,
    About.ADD: Rule.REPORTER,
    About.PUT: Rule.REPORTER,
    About.TAKE_OVER: Rule.REPORTER,
    About.HAND_ON: Rule.REPORTER,
    About.GIVE: Rule.REPORTER,
}
"""Who may press a button; `Talk.resume` is where an owner is told from others."""

COMMANDS: Final = (
    START,
    SURVEY,
    REPORT,
    MYCASES,
    BACK,
    SKIP,
    CANCEL,
    WEB,
    LANGUAGE,
    PRIVACY,
    MYDATA,
    SIGNIN,
    STOP,
    HELP,
)


def rule_of(press: Pressed) -> Rule:
    """Who may press it."""
    return RULES[press.page if isinstance(press, PagePress) else press.action]


def menu(say: Sentences, *, account: bool = False) -> dict[str, str]:
    """What each command does, in the order of the menu; /start is Telegram's own button.

    `account` adds what only staff with an account can use: everybody's menu is without.
    """
    for_staff = {SIGNIN.name: say._("Sign in to the staff pages")} if account else {}
    return {
        SURVEY.name: say._("Answer a survey, or go on where you were"),
        REPORT.name: say._("Report a problem"),
        MYCASES.name: say._("My reports, and how they stand"),
        BACK.name: say._("Go back one question"),
        SKIP.name: say._("Skip this question"),
        CANCEL.name: say._("Throw your answers away"),
        WEB.name: say._("Continue on the web"),
        LANGUAGE.name: say._("Choose the language"),
        PRIVACY.name: say._("What happens with your answers"),
        MYDATA.name: say._("What we hold about you, and how to leave"),
        **for_staff,
        STOP.name: say._("Get no more messages from us"),
        HELP.name: say._("What I can do"),
    }
