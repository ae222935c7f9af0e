"""What letters by e-mail say, in text and in the plainest HTML.

`_` looks a sentence up in the catalogue of the person's language.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from survey.domain.accounts import Purpose
from survey.domain.language import N_, date_in_words
from survey.domain.letters import Words
from survey.locales import UNREVIEWED, translations


def to_account(
    _: Callable[[str], str],
    purpose: Purpose,
    *,
    organisation: str,
    name: str,
    link: str,
    until: datetime,
    language: str,
    zone: ZoneInfo,
) -> Words:
    """A letter with a link to an account, which works once and until then."""
    ends = moment_in_words(_, until.astimezone(zone), language)
    otherwise = _("If this was not you, do nothing: nobody can sign in without the link.")
    match purpose:
        case Purpose.INVITATION:
            otherwise = _("If you did not expect this, do nothing.")
            subject = _("Your account for surveys at %(organisation)s")
            what = _(
                "%(organisation)s has made you an account for its surveys and reports. "
                "Open this link to set it up:"
            )
        case Purpose.RESET:
            subject = _("Choose a new password for surveys at %(organisation)s")
            what = _(
                "Somebody asked for a new password for your account. Open this link to choose one:"
            )
        case Purpose.EMAIL | Purpose.CHAT:
            subject = _("Your link to sign in at %(organisation)s")
            what = _("Open this link to sign in to surveys and reports of %(organisation)s:")
    named = {"organisation": organisation, "name": name, "until": ends}
    return letter(
        subject=one_line(subject % named),
        before=[_("Hello %(name)s,") % named, what % named],
        link=link,
        after=[_("The link works once, until %(until)s.") % named, otherwise],
        language=language,
    )


def to_person(
    _: Callable[[str], str],
    *,
    organisation: str,
    name: str,
    link: str,
    code: str,
    until: datetime,
    language: str,
    zone: ZoneInfo,
) -> Words:
    """A letter with a personal link to the bot, which works once and until then."""
    ends = moment_in_words(_, until.astimezone(zone), language)
    named = {"organisation": organisation, "name": name, "until": ends, "code": code}
    return letter(
        subject=one_line(_("Join the chat of %(organisation)s") % named),
        before=[
            _("Hello %(name)s,") % named,
            _("%(organisation)s asks short questions in Telegram. Open this link to join:") % named,
        ],
        link=link,
        after=[
            _("Or find us in Telegram and send this code: %(code)s") % named,
            _("The link works once, until %(until)s.") % named,
            _("It is for you alone: please do not pass it on."),
        ],
        language=language,
    )


def for_few(_: Callable[[str], str], *, organisation: str, link: str, language: str) -> Words:
    """A letter to whoever looks after reports that few may see; it says nothing of the report."""
    named = {"organisation": organisation}
    return letter(
        subject=one_line(_("%(organisation)s: a report that needs you now") % named),
        before=[
            _(
                "Somebody has reported that personal data went astray, or wrote that somebody may "
                "be in danger. Few can see the report. Open it now:"
            )
        ],
        link=link,
        after=[_("The 72 hours to tell the regulator of personal data run from now.")],
        language=language,
    )


def of_help(
    _: Callable[[str], str], *, lines: Sequence[str], organisation: str, language: str
) -> Words:
    """A letter with the fixed text for somebody who may be in danger."""
    named = {"organisation": organisation}
    return letter(
        subject=one_line(_("%(organisation)s: whom you can talk to now") % named),
        before=lines,
        link="",
        after=[],
        language=language,
    )


def of_results(
    _: Callable[[str], str],
    *,
    organisation: str,
    name: str,
    told: Sequence[tuple[str, str]],
    link: str,
    leave: str,
    language: str,
) -> Words:
    """A letter to somebody who was asked; `told` are pairs of what was said and what was done, and
    `leave` is the address at which they can ask for no more."""
    named = {"organisation": organisation, "name": name}
    pairs = [
        paragraph
        for said, did in told
        for paragraph in (
            _("You said: %(text)s") % {"text": said},
            _("We did: %(text)s") % {"text": did},
        )
    ]
    return letter(
        subject=one_line(_("What %(organisation)s did about what you said") % named),
        before=[
            _("Hello %(name)s,") % named,
            _("You were asked by %(organisation)s. This is what came of it.") % named,
            *pairs,
            _("All that was done is here:"),
        ],
        link=link,
        after=[
            _("We write to you about this once in four weeks at most."),
            _("To get no more of these letters, open this page:"),
        ],
        last=leave,
        language=language,
    )


def letter(
    *,
    subject: str,
    before: Sequence[str],
    link: str,
    after: Sequence[str],
    language: str,
    last: str = "",
) -> Words:
    """Paragraphs around one link, whose address is shown as it is, and one at the end; '' is none.

    In a language that no speaker has reviewed the letter says so.
    """
    unreviewed = N_("Our translation, not reviewed by a speaker yet.")
    notice = [translations(language).gettext(unreviewed)] if language in UNREVIEWED else []
    links, ends = ([each] if each else [] for each in (link, last))
    text = "\n\n".join([*before, *links, *after, *ends, *notice]) + "\n"
    shown, shown_last = (
        [f'<a href="{escape(each)}">{escape(each)}</a>' for each in some] for some in (links, ends)
    )
    paragraphs = [
        *map(escape, before),
        *shown,
        *map(escape, after),
        *shown_last,
        *map(escape, notice),
    ]
    body = "\n".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    html = (
        f'<!doctype html>\n<html lang="{escape(language)}">\n'
        f'<head><meta charset="utf-8"><title>{escape(subject)}</title></head>\n'
        f"<body>\n{body}\n</body>\n</html>\n"
    )
    return Words(subject, text, html)


def moment_in_words(_: Callable[[str], str], moment: datetime, language: str) -> str:
    """ "14:35 on 14 May 2026", by the clock of the moment's zone."""
    return _("%(time)s on %(day)s") % {
        "time": f"{moment:%H:%M}",
        "day": date_in_words(moment.date(), language),
    }


def one_line(text: str) -> str:
    """For a header: whatever a name of somebody or something brings along."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
