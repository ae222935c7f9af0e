"""Messages to whoever answers for a school or department, beside the questions themselves."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from bot.callbacks import Asked, InvitationPress, encode
from bot.markup import Button, Piece, View, bold, cut, to_html
from bot.sentences import Sentences
from survey.domain.language import month_in_words
from survey.domain.people import Person
from survey.domain.questionnaire import BUTTON_LENGTH
from survey.ports.channels import Asking

_ID_BEGINS: Final = 8


def ways(say: Sentences, asking: Asking, known_by: UUID | str) -> tuple[tuple[Button, ...], ...]:
    """Below the invitation of a body: what can be done beside answering."""
    rows = []
    if asking.last_on is not None:
        same = say._("Same as in %(month)s") % {
            "month": month_in_words(asking.last_on, say.language)
        }
        rows.append((_button(same, Asked.SAME, known_by),))
    rows.append((_button(say._("Ask a colleague instead"), Asked.HAND_ON, known_by),))
    return tuple(rows)


def colleagues(say: Sentences, body: str, people: Sequence[Person], known_by: UUID | str) -> View:
    """Who of the school could answer instead."""
    back = _button(say._("‹ Back"), Asked.SHOW, known_by)
    if not people:
        told = say._("We know of nobody else at %(body)s.") % {"body": body}
        return View(to_html([Piece(told)]), ((back,),))
    asked = say._("Who is to answer for %(body)s?") % {"body": body}
    rows = [
        (_button(cut(each.name, BUTTON_LENGTH), Asked.GIVE, known_by, begins(each.id)),)
        for each in people
    ]
    return View(to_html([bold(asked)]), (*rows, (back,)))


def handed_on_often(say: Sentences, known_by: UUID | str) -> View:
    """Whoever has it now answers it, or nobody does."""
    told = say._("This survey has been handed on as often as it can be. Please answer it yourself.")
    return View(to_html([Piece(told)]), ((_button(say._("‹ Back"), Asked.SHOW, known_by),),))


def begins(person: UUID) -> str:
    """How a button names a colleague: there are eight of them at most."""
    return person.hex[:_ID_BEGINS]


def handed_on(say: Sentences, name: str, body: str, known_by: UUID | str) -> View:
    told = say._("We ask %(name)s to answer for %(body)s. What you have answered goes along.")
    text = told % {"name": name, "body": body}
    take_back = _button(say._("Answer it myself after all"), Asked.TAKE_BACK, known_by)
    return View(to_html([Piece(text)]), ((take_back,),))


def taken_back(say: Sentences, body: str) -> View:
    told = say._("You answer for %(body)s again. The survey comes as a new message.")
    return View(to_html([Piece(told % {"body": body})]))


def recalling(say: Sentences, known_by: UUID | str) -> tuple[tuple[Button, ...], ...]:
    """Below answers of a body that are in, until the survey closes."""
    return ((_button(say._("Take the answers back"), Asked.RECALL, known_by),),)


def nothing_to_recall(say: Sentences) -> View:
    return View(to_html([Piece(say._("There are no answers to take back."))]))


def _button(text: str, action: Asked, known_by: UUID | str, choice: str = "") -> Button:
    return Button(text, encode(InvitationPress(action, known_by, choice)))
