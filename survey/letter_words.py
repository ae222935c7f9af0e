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


class Address(str):
    """A paragraph that is the address of a link."""

    __slots__ = ()


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


def of_school(
    _: Callable[[str], str],
    *,
    organisation: str,
    name: str,
    links: Sequence[tuple[str, str]],
    language: str,
) -> Words:
    """A letter with links to all reports of a school each; `links` are its name and the address."""
    named = {"organisation": organisation, "name": name}
    return several(
        subject=one_line(_("Your link to your school's reports at %(organisation)s") % named),
        paragraphs=[
            _("Hello %(name)s,") % named,
            _(
                "This opens all problem reports of a school, department or team that you stand "
                "for. It works for 24 hours."
            ),
            *(part for school, link in links for part in (f"{school}:", Address(link))),
            _("Whoever opens it sees all these reports: please do not pass it on."),
            _("If you did not ask for it, do nothing. Nobody else was sent it."),
        ],
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
    """Paragraphs around one link, and another at the end; '' is none."""
    links, ends = ([Address(each)] if each else [] for each in (link, last))
    paragraphs = [*before, *links, *after, *ends]
    return several(subject=subject, paragraphs=paragraphs, language=language)


def several(*, subject: str, paragraphs: Sequence[str], language: str) -> Words:
    """Paragraphs, of which any may be an `Address`: a link that is shown as it is.

    In a language that no speaker has reviewed the letter says so.
    """
    if language in UNREVIEWED:
        notice = N_("Our translation, not reviewed by a speaker yet.")
        paragraphs = [*paragraphs, translations(language).gettext(notice)]
    text = "\n\n".join(paragraphs) + "\n"
    body = "\n".join(f"<p>{_shown(paragraph)}</p>" for paragraph in paragraphs)
    html = (
        f'<!doctype html>\n<html lang="{escape(language)}">\n'
        f'<head><meta charset="utf-8"><title>{escape(subject)}</title></head>\n'
        f"<body>\n{body}\n</body>\n</html>\n"
    )
    return Words(subject, text, html)


def _shown(paragraph: str) -> str:
    safe = escape(paragraph)
    return f'<a href="{safe}">{safe}</a>' if isinstance(paragraph, Address) else safe


def moment_in_words(_: Callable[[str], str], moment: datetime, language: str) -> str:
    """ "14:35 on 14 May 2026", by the clock of the moment's zone."""
    return _("%(time)s on %(day)s") % {
        "time": f"{moment:%H:%M}",
        "day": date_in_words(moment.date(), language),
    }


def one_line(text: str) -> str:
    """For a header: whatever a name of somebody or something brings along."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
