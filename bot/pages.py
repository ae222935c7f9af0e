"""Messages outside a survey: one plain page each."""

from collections.abc import Iterable

from bot.commands import menu
from bot.markup import Piece, View, bold, to_html
from bot.page_buttons import (
    again_button,
    invitation_button,
    language_button,
    move_buttons,
    survey_button,
    take_back_button,
)
from bot.sentences import Sentences
from survey.domain.questionnaire import Privacy
from survey.errors import AlreadyAnswered
from survey.locales import SPOKEN
from survey.services.catalogue import Listed
from survey.services.handovers import Moving
from survey.services.invited import Offer


def paragraphs(*texts: str) -> View:
    """Plain text, nothing to press."""
    return View(to_html([Piece("\n".join(text for text in texts if text))]))


def surveys(
    say: Sentences, organisation: str, listed: Iterable[Listed], invited: Iterable[Offer] = ()
) -> View:
    """What they are invited to, and then what is open to anybody here."""
    rows = [(invitation_button(each.notice.title, each.invitation.id),) for each in invited]
    for each in listed:
        titles = each.published.form.title
        title = titles.get(say.language) or next(iter(titles.values()))
        words = title.render({"organisation": organisation})
        rows.append((survey_button(words, each.row.key),))
    if not rows:
        return paragraphs(
            say._("%(organisation)s asks short questions here.") % {"organisation": organisation},
            say._("There is no survey open just now."),
        )
    pieces = [
        Piece(
            say._("%(organisation)s asks short questions here.") % {"organisation": organisation}
        ),
        Piece("\n"),
        bold(say._("Which survey do you want to answer?")),
    ]
    return View(to_html(pieces), tuple(rows))


def no_such_link(say: Sentences) -> View:
    """The same words whatever the reason, so that they reveal nothing."""
    return paragraphs(
        say._("This link does not work. It may have been used already."),
        say._("Ask whoever sent it for a new one, or send /survey."),
    )


def needs_its_own_link(say: Sentences) -> View:
    """Of a survey whose link says who answers."""
    return paragraphs(
        say._("This survey needs a link that says which school, department or team you are from."),
        say._("Ask whoever sent it for a new one, or send /survey."),
    )


def already_answered(say: Sentences, refused: AlreadyAnswered) -> View:
    """Thanks instead of a second time; who rates services may rate another one."""
    told = say.already_answered(refused.month)
    if not refused.again:
        return paragraphs(told)
    pieces = [Piece(told), Piece("\n"), Piece(say._("To rate another service, answer again."))]
    return View(to_html(pieces), ((again_button(say, refused.questionnaire),),))


def is_this_you(say: Sentences, moving: Moving, token: str, *, organisation: str) -> View:
    """Asked before answers begun on the web go on here: a link may have been passed on."""
    title = moving.published.form.title[moving.language].render({"organisation": organisation})
    asked = say._("You began “%(title)s” on the web and want to continue here.") % {"title": title}
    lost = say._("The answers that you began here will be thrown away.")
    pieces = [bold(say._("Is this you?")), Piece("\n"), Piece(asked)]
    if moving.replaces:
        pieces += [Piece("\n"), Piece(lost)]
    return View(to_html(pieces), (move_buttons(say, token),))


def went_to_web(say: Sentences, moving: Moving, *, organisation: str) -> View:
    """Where the answers are that were begun here."""
    title = moving.published.form.title[moving.language].render({"organisation": organisation})
    told = say._("You continued this on the web. Your answers are there.")
    pieces = [bold(title), Piece("\n"), Piece(told)]
    return View(to_html(pieces), ((take_back_button(say, moving.conversation),),))


def languages(say: Sentences) -> View:
    text = bold(say._("Which language do you want to use here?"))
    return View(to_html([text]), (tuple(language_button(each) for each in SPOKEN),))


def help_page(say: Sentences, *, open_survey: bool, account: bool = False) -> View:
    pieces = [bold(say._("What I can do"))]
    for name, what in menu(say, account=account).items():
        pieces.append(Piece(f"\n/{name} {what}"))
    if open_survey:
        pieces.append(Piece("\n" + say._("Your answers so far are kept. Send /survey to go on.")))
    return View(to_html(pieces))


def privacy_page(
    say: Sentences,
    privacy: Privacy | None,
    floor: int,
    *,
    unit_remembered: bool,
    notice: str,
) -> View:
    """What happens with answers: of the survey that is open, else in general.

    `notice` is the address of the page that says all of it.
    """
    promise = (
        say.privacy(privacy, floor)
        if privacy
        else say._("Each survey says before its first question who sees your answers.")
    )
    return paragraphs(
        promise,
        say.kept(privacy) if privacy else "",
        say._("Telegram itself can see this chat. Deleting a message changes no answer."),
        say._("Until you send them, your answers are kept encrypted; /cancel throws them away."),
        say._("I remember the school, department or team that you chose here, not your answers.")
        if unit_remembered
        else "",
        say._("All of it: %(address)s") % {"address": notice},
    )
