"""Messages of joining and leaving, and of what is held about a chat: one plain page each."""

from collections.abc import Iterable, Sequence
from typing import Final

from bot.callbacks import Page, PagePress, encode
from bot.markup import Button, Look, Piece, View, bold, to_html
from bot.pages import paragraphs
from bot.sentences import Sentences
from survey.domain.accounts import Purpose
from survey.domain.joining import Slip, for_link
from survey.domain.records import Chat
from survey.domain.retention import DRAFT_DAYS
from survey.locales import SPOKEN
from survey.services.joining import Member, Offered
from survey.services.tickets import LIFETIMES

_NOTHING: Final = "-"

Line = Sequence[Piece]


def is_this_you(say: Sentences, offered: Offered, secret: bytes) -> View:
    """Asked before a link is used up: it may have been passed on."""
    person = offered.member.person
    lines: list[Line] = [[bold(say._("Is this you?"))], *_who(offered.member)]
    yes, page = say._("Yes, this is me"), Page.JOIN
    if before := offered.instead_of:
        asked = say._("You have joined as %(before)s. Change to %(name)s?")
        asked %= {"before": before.name, "name": person.name}
        lines[0] = [Piece(asked, Look.BOLD, foreign=True)]
        told = say._("What was begun here and not sent will be thrown away.")
        lines.append([Piece(told)])
        yes, page = say._("Yes, change"), Page.JOIN_INSTEAD
    else:
        told = say._("%(organisation)s wants to ask you short questions here.")
        lines.append([Piece(told % {"organisation": offered.organisation})])
        told = say._("If this is not you, choose No and give it back to whoever gave it to you.")
        lines.append([Piece(told)])
    row = (_button(yes, page, for_link(secret)), _button(say._("No"), Page.NOTHING))
    return View(_html(lines), (row,))


def joined(say: Sentences, member: Member) -> View:
    """That it worked, and what happens next."""
    lines: list[Line] = [[bold(say._("You have joined."))], *_who(member)]
    if len(member.units) > 1:
        told = say._("Where a survey asks where you are from, you choose one of these.")
        lines.append([Piece(told)])
    lines.append([Piece(say._("To see what you can answer now, send /survey."))])
    told = say._("To see what we hold about you, or to leave, send /mydata. For quiet, send /stop.")
    lines.append([Piece(told)])
    return View(_html(lines))


def slipped(say: Sentences, slip: Slip) -> View:
    """What is wrong with a typed code, which needs no look at any list."""
    if slip is Slip.LENGTH:
        told = say._("A code has 9 groups of 3 characters. Yours has too few or too many.")
    else:
        told = say._("One of the characters of this code is not right.")
    return paragraphs(told, say._("Please compare it with your slip and send it again."))


def too_many_tries(say: Sentences, seconds: int) -> View:
    minutes = -(-seconds // 60)
    told = say.ngettext(
        "Please wait %(number)d minute and try again.",
        "Please wait %(number)d minutes and try again.",
        minutes,
    )
    return paragraphs(say._("Too many links and codes did not work."), told)


def nothing_changed(say: Sentences) -> View:
    return paragraphs(say._("All right. Nothing has changed."))


# --- what is held ---


def my_data(
    say: Sentences, chat: Chat, member: Member | None, *, unit: str | None, begun: Iterable[str]
) -> View:
    """What is held about this chat and person, what nobody can find, and a way to be forgotten.

    Args:
        unit: the name of the school or department that the chat remembers.
        begun: titles of surveys with answers that were not sent.
    """
    lines: list[Line] = [[bold(say._("What we hold about this chat"))]]
    lines.append([Piece(say._("Your number in Telegram, so that a reply reaches you."))])
    if chat.language:
        language = SPOKEN.get(chat.language, chat.language)
        lines.append([Piece(say._("Language: %(language)s") % {"language": language})])
    if unit is not None:
        lines.append([Piece(say._("School, department or team") + ": "), _typed(unit)])
    if chat.stopped:
        lines.append([Piece(say._("That you want no messages from us."))])
    for title in begun:
        told = say._("Answers that you have not sent: %(title)s.") % {"title": title}
        kept = say._("They are kept encrypted, for %(days)d days at most.") % {"days": DRAFT_DAYS}
        lines.append([Piece(f"{told} {kept}")])
    told = say._("Which survey was answered here in which month, so that nobody is counted twice.")
    lines.append([Piece(told)])
    lines += [[], [bold(say._("What we hold about you"))], *_held(say, member), []]
    lines.append([bold(say._("What nobody can find"))])
    lines.append(
        [
            Piece(
                say._(
                    "Answers that you sent to a confidential or anonymous survey went into a "
                    "sealed box, without your name and without this chat. Nobody can tell which "
                    "are yours, us included, so we can neither show nor delete them."
                )
            )
        ]
    )
    told = say._("Answers on behalf of a school, department or team belong to it.")
    lines.append([Piece(told)])
    return View(_html(lines), ((_button(say._("Forget me here"), Page.FORGET),),))


def _held(say: Sentences, member: Member | None) -> list[Line]:
    if member is None:
        return [[Piece(say._("Nothing. You have not joined by a personal link or code."))]]
    person = member.person
    lines: list[Line] = [[Piece(say._("Name") + ": "), _typed(person.name)]]
    lines += [
        [Piece(say._("School, department or team") + ": "), _typed(unit.name)]
        for unit in member.units
    ]
    if person.email:
        lines.append([Piece(say._("E-mail") + ": "), _typed(person.email)])
    if person.roles:
        lines.append([Piece(say._("Roles") + ": "), _typed(", ".join(person.roles))])
    lines += [
        [_typed(name), Piece(": "), _typed(value)] for name, value in person.attributes.items()
    ]
    asked = say._("Which surveys you were asked to answer, and whether you have, never what.")
    lines.append([Piece(asked)])
    told = say._("To have this corrected, ask whoever gave you the link or code.")
    return [*lines, [Piece(told)]]


def forget_sure(say: Sentences, *, linked: bool) -> View:
    """Asked a second time before it is done."""
    lines: list[Line] = [[bold(say._("Forget you here?"))]]
    lines.append([Piece(say._("Answers that you have not sent are thrown away."))])
    if linked:
        told = say._("This chat is tied to you no more. To come back you need a new link or code.")
        lines.append([Piece(told)])
    told = say._("Answers that you sent stay: nobody can tell which are yours.")
    lines.append([Piece(told)])
    row = (_button(say._("Yes, forget me"), Page.FORGET_SURE), _button(say._("No"), Page.NOTHING))
    return View(_html(lines), (row,))


def forgotten(say: Sentences) -> View:
    return paragraphs(
        say._("Done. We do not know any more who you are here."),
        say._("Which survey was answered here stays noted, so that nobody is counted twice."),
        say._("What you see in this chat you can delete in Telegram."),
    )


# --- signing in ---


def sign_in(say: Sentences, address: str) -> View:
    """A link to the pages of staff."""
    minutes = int(LIFETIMES[Purpose.CHAT].total_seconds() // 60)
    told = say._("It works once, within %(minutes)d minutes. Do not pass it on.")
    return paragraphs(
        say._("Sign in to the staff pages with this link:"), address, told % {"minutes": minutes}
    )


def no_account(say: Sentences) -> View:
    """To whoever asks for such a link and has no account, or no second step, or is not known."""
    return paragraphs(
        say._("I can give a sign-in link only to staff with an account who have joined here."),
        say._("If you have an account, ask whoever manages it for your personal link."),
        say._("Your account also needs a second step, which you set up on the staff pages."),
    )


# --- parts ---


def _who(member: Member) -> list[Line]:
    return [[_typed(member.person.name)], *([_typed(unit.name)] for unit in member.units)]


def _typed(text: str) -> Piece:
    """Whatever stands in a list of the body: one line, kept to itself."""
    return Piece(text, foreign=True)


def _button(text: str, page: Page, choice: str = _NOTHING) -> Button:
    return Button(text, encode(PagePress(page, choice)))


def _html(lines: Iterable[Line]) -> str:
    pieces: list[Piece] = []
    for line in lines:
        pieces += [Piece("\n"), *line] if pieces else line
    return to_html(pieces)
