"""What people are told about their answers, worded once for pages and chat.

`_` looks a sentence up in the catalogue of the person's language.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from survey.domain.language import day_in_words
from survey.domain.questionnaire import Privacy
from survey.domain.retention import DRAFT_DAYS, INBOX_DAYS, RECEIPT_DAYS, whole_months


def privacy(_: Callable[[str], str], mode: Privacy, *, floor: int) -> str:
    """The promise that the notice makes."""
    match mode:
        case Privacy.ATTRIBUTED:
            return _(
                "Your answers are given on behalf of your school, department or team. "
                "We see them together with its name."
            )
        case Privacy.CONFIDENTIAL:
            promise = _(
                "Your answers go into a sealed box and are mixed with other people's before "
                "anyone can count them. We never show a figure of fewer than %(floor)d people. "
                "Nobody can tell from the figures which answers are yours, us included."
            )
        case Privacy.ANONYMOUS:
            promise = _(
                "We do not ask who you are. Your answers go into a sealed box and are mixed "
                "with other people's before anyone can count them. We never show a figure of "
                "fewer than %(floor)d people."
            )
    return promise % {"floor": floor}


def kept(_: Callable[[str], str], mode: Privacy) -> str:
    """How long answers are kept: the sentence of the notice. Periods are those of the tables."""
    if mode is Privacy.ATTRIBUTED:
        told = _(
            "Answers that you do not send are deleted after %(days)d days. Answers that you send "
            "are kept for %(months)d months with the name of your school, department or team."
        )
    else:
        told = _(
            "Answers that you do not send are deleted after %(days)d days. Answers that you send "
            "are kept for %(months)d months, without your name and without a day."
        )
    return told % {"days": DRAFT_DAYS, "months": whole_months(RECEIPT_DAYS)}


@dataclass(frozen=True, slots=True)
class Part:
    """A heading of the privacy notice, and what stands under it."""

    title: str
    said: tuple[str, ...]


def notice(
    _: Callable[[str], str],
    mode: Privacy,
    *,
    floor: int,
    body: str,
    asked_by: str,
    purpose: str,
) -> tuple[Part, ...]:
    """The whole privacy notice of one version of a questionnaire.

    All of it follows from how private the version is, its floor, and how long tables keep rows:
    nobody writes it, so that it cannot say anything else than what is done.
    """
    told = {
        "body": body,
        "floor": floor,
        "days": DRAFT_DAYS,
        "months": whole_months(RECEIPT_DAYS),
        "inbox": INBOX_DAYS,
    }
    by_name = mode is Privacy.ATTRIBUTED
    return (
        Part(
            _("Who asks, and why"),
            (
                _("%(body)s asks, and decides what happens with the answers.") % told,
                *([_("This survey comes from: %(who)s.") % {"who": asked_by}] if asked_by else []),
                *([purpose] if purpose else []),
            ),
        ),
        Part(_("How private your answers are"), (privacy(_, mode, floor=floor),)),
        Part(_("What is kept with your answers"), _with_answers(_, mode)),
        Part(
            _("Who sees them"),
            (
                _("Staff of %(body)s whose work it is, and nobody else.") % told
                if by_name
                else _(
                    "Nobody sees whose they are. Staff see figures of at least %(floor)d people."
                )
                % told,
                _(
                    "What you write in your own words can name people. "
                    "Please leave names out: whoever reads the comments sees what you wrote."
                ),
            ),
        ),
        Part(
            _("How long they are kept"),
            (
                kept(_, mode),
                _("Counts of the answers, and published figures, are kept for good."),
                _(
                    "That you took part in a month is noted for %(months)d months where you answer "
                    "in a chat, as a code that leads to no answer."
                )
                % told,
                _("In a chat, the number of each message stays for %(inbox)d days.") % told,
            ),
        ),
        Part(
            _("What you can ask for"),
            (
                _("You can throw your answers away at any time before you send them."),
                _(
                    "Nobody can find your answers once they are sent, so nobody can show, "
                    "change or delete them."
                )
                if not by_name
                else _(
                    "Answers that you sent are those of your school, department or team: "
                    "ask %(body)s to correct them."
                )
                % told,
                _(
                    "You can ask %(body)s for a copy of what else is kept about you, "
                    "or to have it erased."
                )
                % told,
            ),
        ),
    )


def _with_answers(_: Callable[[str], str], mode: Privacy) -> tuple[str, ...]:
    match mode:
        case Privacy.ATTRIBUTED:
            return (_("The month, the language, and the name of your school, department or team."),)
        case Privacy.CONFIDENTIAL:
            unit = _(
                "The month, your school, department or team, and what you choose to say about "
                "yourself. No name, no day, and nothing that leads back to you."
            )
        case Privacy.ANONYMOUS:
            unit = _(
                "The month, and your school, department or team only where enough people of it "
                "answered. No name, no day, and nothing that leads back to you."
            )
    return (unit, _("The language that you answer in, only where enough people chose it."))


def thanks(_: Callable[[str], str], mode: Privacy) -> str:
    """What is said once the answers are sent."""
    if mode is Privacy.ATTRIBUTED:
        return _("Thank you. We have your answers")
    return _("Thank you. Your answers are in the box")


def waiting(_: Callable[[str], str], *, floor: int) -> str:
    """What happens with answers that went into a box."""
    return _(
        "Your answers wait in the box and are counted together with others. "
        "We only show figures of at least %(floor)d people."
    ) % {"floor": floor}


def closed(_: Callable[[str], str], day: date | None, language: str) -> str:
    """The one sentence of a survey that takes no more answers, since `day` where that is known."""
    if day is None:
        return _("This survey takes no more answers. Thank you anyway.")
    return _("This survey closed on %(day)s. Thank you anyway.") % {
        "day": day_in_words(day, language)
    }
