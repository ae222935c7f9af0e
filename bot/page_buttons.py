"""Buttons of pages that lead into a survey, or to another language."""

from uuid import UUID

from bot.callbacks import Action, Page, PagePress, Press, encode, invitation_page
from bot.markup import Button, Row
from bot.sentences import Sentences
from survey.locales import SPOKEN


def language_button(language: str) -> Button:
    """Speaks the language's own name for itself."""
    name = SPOKEN.get(language, language)
    return Button(name, encode(PagePress(Page.LANGUAGE, language)))


def again_button(say: Sentences, key: str) -> Button:
    """Rates another service with a survey that was answered this month."""
    return Button(say._("Answer again"), encode(PagePress(Page.ANSWER_AGAIN, key)))


def take_back_button(say: Sentences, conversation: UUID) -> Button:
    """Brings answers back that were taken to the web."""
    return Button(say._("Take it back"), encode(Press(Action.TAKE_BACK, conversation)))


def move_buttons(say: Sentences, token: str) -> Row:
    """Whether answers begun on the web are to go on here."""
    return (
        Button(say._("Yes, go on here"), encode(PagePress(Page.MOVE_HERE, token))),
        Button(say._("No"), encode(PagePress(Page.STAY_THERE, "-"))),
    )


def invitation_button(title: str, invitation: UUID) -> Button:
    return Button(title, encode(invitation_page(invitation)))


def survey_button(title: str, key: str) -> Button:
    return Button(title, encode(PagePress(Page.SURVEY, key)))
