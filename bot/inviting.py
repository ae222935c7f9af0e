"""Messages about an invitation: what is asked, when to be asked again, and what became of it."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from bot.bodies import ways
from bot.callbacks import Asked, InvitationPress, encode
from bot.markup import Button, Piece, View, bold, to_html
from bot.pages import paragraphs
from bot.sentences import Sentences
from survey.domain.inviting import Later, until
from survey.domain.language import day_in_words
from survey.domain.questionnaire import Privacy
from survey.ports.channels import Asking

_LATER: Final = {
    Later.HOUR: Asked.HOUR,
    Later.TOMORROW: Asked.TOMORROW,
    Later.WEEK: Asked.WEEK,
}
LATER: Final = {action: later for later, action in _LATER.items()}
"""When a button asks to be asked again."""

Line = Sequence[Piece]


def invitation(
    say: Sentences, asking: Asking, *, organisation: str, known_by: UUID | str | None = None
) -> View:
    """What is asked by whom, why, how private it is and until when; Start, or not now.

    Args:
        known_by: what the buttons name: the invitation's id, or the token of the link by which
            somebody came; the id where it is left out.
    """
    told = {
        "organisation": organisation,
        "sender": asking.sender,
        "body": asking.body_name,
    }
    asked_by = say._("From: %(organisation)s.")
    if asking.sender and asking.sender != organisation:
        asked_by = say._("From: %(sender)s, %(organisation)s.")
    lines: list[Line] = [
        *_test(say, asking),
        *_number(say, asking),
        [bold(say.size(asking.title, asking.questions, asking.minutes))],
        [Piece(asked_by % told)],
        *_because(say, asking),
        *([[Piece(say._("You answer on behalf of %(body)s.") % told)]] if asking.body_name else []),
        *_why_and_how_private(say, asking),
        [Piece(say.open_until(asking.closes_on))],
    ]
    by = known_by or asking.invitation
    row = (_start(say, by), _button(say._("Not now"), Asked.NOT_NOW, by))
    others = ways(say, asking, by) if asking.body_name else ()
    return View(_html(lines), (row, *others))


def _test(say: Sentences, asking: Asking) -> list[Line]:
    if not asking.test:
        return []
    return [[bold(say._("This is a test. Nobody is asked, and nothing counts."))]]


def _number(say: Sentences, asking: Asking) -> list[Line]:
    if not asking.number:
        return []
    if asking.last:
        return [[Piece(say._("This is a reminder, and the last one."))]]
    return [[Piece(say._("This is a reminder. There will be one more at most."))]]


def _why_and_how_private(say: Sentences, asking: Asking) -> list[Line]:
    """Not a second time in a reminder: it stands further up, and on the first page."""
    if asking.number:
        return []
    told = {"purpose": asking.purpose, "notice": asking.notice}
    private = say._("Private: %(promise)s")
    if asking.privacy is Privacy.ATTRIBUTED:
        private = say._("Privacy: %(promise)s")
    promise = {"promise": say.privacy(asking.privacy, asking.floor)}
    return [
        *([[Piece(say._("Why: %(purpose)s") % told)]] if asking.purpose else []),
        [Piece(private % promise)],
        *_known(say, asking),
        [Piece(say._("Telegram itself can see this chat. Deleting a message changes no answer."))],
        *([[Piece(say._("Privacy notice: %(notice)s") % told)]] if asking.notice else []),
    ]


def _known(say: Sentences, asking: Asking) -> list[Line]:
    """A message of one's own looks as if we knew what comes back."""
    if asking.privacy is Privacy.ATTRIBUTED:
        return []
    return [[Piece(say._("We note that you have answered, and never what."))]]


def _because(say: Sentences, asking: Asking) -> list[Line]:
    if not asking.about:
        return []
    about = asking.about
    if asking.about_day:
        day = day_in_words(asking.about_day, say.language)
        about = say._("%(about)s on %(day)s") % {"about": about, "day": day}
    return [[Piece(say._("We ask because of this: %(about)s.") % {"about": about})]]


def not_now(
    say: Sentences, *, known_by: UUID | str, now: datetime, closes_at: datetime, zone: ZoneInfo
) -> View:
    """When to ask again, as far as it is open then, or not to."""
    words = {
        Later.HOUR: say._("In 1 hour"),
        Later.TOMORROW: say._("Tomorrow 9:30"),
        Later.WEEK: say._("Next week"),
    }
    offered = [
        _button(text, _LATER[later], known_by)
        for later, text in words.items()
        if until(later, now=now, zone=zone) < closes_at
    ]
    rows = [
        *((each,) for each in offered),
        (_button(say._("Don't ask me about this"), Asked.NEVER, known_by),),
        (_button(say._("Stop all surveys"), Asked.STOP, known_by),),
    ]
    return View(to_html([bold(say._("When shall I ask you again?"))]), tuple(rows))


def put_off(say: Sentences, later: Later, day: date) -> View:
    """When the message comes again: in an hour, or in the morning of that day."""
    if later is Later.HOUR:
        told = say._("All right. I ask you again in 1 hour.")
    else:
        told = say._("All right. I ask you again on %(day)s at 9:30.") % {
            "day": day_in_words(day, say.language)
        }
    return paragraphs(
        told,
        say._("If we send no messages at that time, it comes as soon as we do."),
        say._("To answer before then, send /survey."),
    )


def too_late(say: Sentences, closes_on: date, *, known_by: UUID | str) -> View:
    """Nothing was put off: it would be over."""
    told = say._("This survey closes on %(day)s, before I could ask again.")
    text = told % {"day": day_in_words(closes_on, say.language)}
    return View(to_html([Piece(text)]), ((_start(say, known_by),),))


def refused(say: Sentences, closes_on: date) -> View:
    told = say._("If you change your mind: it is open until %(day)s. Send /survey.")
    return paragraphs(
        say._("All right. We do not ask you about this survey again."),
        told % {"day": day_in_words(closes_on, say.language)},
    )


def stopped(say: Sentences) -> View:
    return paragraphs(
        say._("You will get no more messages from us unless you write first."),
        say._("To get them again, send /start."),
    )


def somebody_elses(say: Sentences) -> tuple[str, str]:
    """To whoever was given the invitation of another person."""
    return (
        say._("This invitation was sent to somebody else, so it cannot be answered here."),
        say._("To see what you can answer, send /survey."),
    )


def _start(say: Sentences, known_by: UUID | str) -> Button:
    return _button(say._("Start"), Asked.START, known_by)


def _button(text: str, action: Asked, known_by: UUID | str) -> Button:
    return Button(text, encode(InvitationPress(action, known_by)))


def _html(lines: Iterable[Line]) -> str:
    pieces: list[Piece] = []
    for line in lines:
        pieces += [Piece("\n"), *line] if pieces else line
    return to_html(pieces)
