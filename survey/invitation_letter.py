"""What an invitation by e-mail says, and its reminders: in text, and the same in plain HTML."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from survey import promises
from survey.domain.language import N_, day_in_words
from survey.domain.letters import Words
from survey.domain.questionnaire import Privacy
from survey.letter_words import one_line
from survey.locales import UNREVIEWED, translations
from survey.ports.channels import Asking

LAST_NUMBER: Final = 2
"""There are two reminders at most."""

_PAGE: Final = (
    "margin:0;padding:24px 16px;background:#ffffff;color:#0b0c0c;"
    "font-family:Arial,sans-serif;font-size:19px;line-height:1.4"
)
_COLUMN: Final = "max-width:600px;margin:0 auto"
_BUTTON: Final = (
    "display:inline-block;padding:12px 20px;background:#12454f;color:#ffffff;"
    "font-weight:bold;text-decoration:none"
)
_BANNER: Final = "padding:12px;border:3px solid #0b0c0c;font-weight:bold"
_WHOLE: Final = "font-size:16px;overflow-wrap:anywhere"


@dataclass(frozen=True, slots=True)
class Doors:
    """Where the links of a letter lead: to the survey, and to being left alone."""

    start: str
    stop: str


@dataclass(frozen=True, slots=True)
class _Letter:
    """What stands where; `banner` is empty where it is no test."""

    subject: str
    banner: str
    title: str
    before: Sequence[str]
    button: str
    after: Sequence[str]
    leave: str


def invitation(asking: Asking, doors: Doors, *, organisation: str, language: str) -> Words:
    """The letter of this message, in a language that we speak."""
    composed = (_reminder if asking.number else _first)(asking, organisation, language)
    return Words(
        subject=one_line(composed.subject),
        text=_text(composed, doors),
        html=_html(composed, doors, language),
    )


def _first(asking: Asking, organisation: str, language: str) -> _Letter:
    said = translations(language)
    _ = said.gettext
    told = _told(asking, organisation, language)
    private = _("Private: %(promise)s")
    if asking.privacy is Privacy.ATTRIBUTED:
        private = _("Privacy: %(promise)s")
    paragraphs = [
        _size(asking, language),
        _("From: %(sender)s, %(organisation)s.") % told
        if asking.sender
        else _("From: %(organisation)s.") % told,
        *_because(asking, language),
        *([_("Why: %(purpose)s") % told] if asking.purpose else []),
        *([_("You answer on behalf of %(body)s.") % told] if asking.body_name else []),
        private % {"promise": promises.privacy(_, asking.privacy, floor=asking.floor)},
        *_what_the_link_tells(asking, language),
        _("Whoever can open your mailbox can see this e-mail and use its link."),
        _("Open until %(day)s.") % told,
    ]
    return _Letter(
        subject=_subject(asking, language),
        banner=_banner(asking, language),
        title=asking.title,
        before=paragraphs,
        button=_("Start the survey"),
        after=[
            _("The link is for you alone: please do not pass it on."),
            *([_("Privacy notice: %(notice)s") % told] if asking.notice else []),
            *_unreviewed(language),
        ],
        leave=_("If you do not want to be asked, stop this survey or all surveys:"),
    )


def _reminder(asking: Asking, organisation: str, language: str) -> _Letter:
    said = translations(language)
    _ = said.gettext
    told = _told(asking, organisation, language)
    last = asking.last or asking.number >= LAST_NUMBER
    if last:
        subject = _("Last reminder: “%(title)s” is open until %(day)s") % told
        number = _("This is a reminder, and the last one.")
    else:
        subject = _("Reminder: “%(title)s” is open until %(day)s") % told
        number = _("This is a reminder. There will be one more at most.")
    return _Letter(
        subject=_tested(subject, asking, language),
        banner=_banner(asking, language),
        title=asking.title,
        before=[
            number,
            _size(asking, language),
            *_because(asking, language),
            *([_("You answer on behalf of %(body)s.") % told] if asking.body_name else []),
            _("Open until %(day)s.") % told,
        ],
        button=_("Start the survey"),
        after=[
            _("The first page says how private your answers are."),
            _("If you have just answered, thank you: there is nothing more to do."),
            *_unreviewed(language),
        ],
        leave=_("If you do not want to be asked, stop this survey or all surveys:"),
    )


def _what_the_link_tells(asking: Asking, language: str) -> list[str]:
    """A link of one's own looks as if it led to the answers."""
    if asking.privacy is Privacy.ATTRIBUTED:
        return []
    said = translations(language)
    return [said.gettext("Your link tells us that you answered, and never what.")]


def _told(asking: Asking, organisation: str, language: str) -> dict[str, str]:
    return {
        "organisation": organisation,
        "sender": asking.sender,
        "title": asking.title,
        "purpose": asking.purpose,
        "notice": asking.notice,
        "body": asking.body_name,
        "day": day_in_words(asking.closes_on, language),
    }


def _size(asking: Asking, language: str) -> str:
    """ "7 questions, about 2 minutes." """
    said = translations(language)
    questions = said.ngettext("%(number)d question", "%(number)d questions", asking.questions)
    minutes = said.ngettext("about %(number)d minute", "about %(number)d minutes", asking.minutes)
    return said.gettext("%(questions)s, %(minutes)s.") % {
        "questions": questions % {"number": asking.questions},
        "minutes": minutes % {"number": asking.minutes},
    }


def _about(asking: Asking, language: str) -> str:
    """What it is about, with the day where it has one: "your call about council tax on 3 May"."""
    if asking.about_day is None:
        return asking.about
    return translations(language).gettext("%(about)s on %(day)s") % {
        "about": asking.about,
        "day": day_in_words(asking.about_day, language),
    }


def _because(asking: Asking, language: str) -> list[str]:
    if not asking.about:
        return []
    sentence = translations(language).gettext("We ask because of this: %(about)s.")
    return [sentence % {"about": _about(asking, language)}]


def _subject(asking: Asking, language: str) -> str:
    named = asking.title
    if asking.about:
        about = _about(asking, language)
        named = about[:1].upper() + about[1:]
    subject = f"{named}: {_size(asking, language).rstrip('.')}"
    return _tested(subject, asking, language)


def _tested(subject: str, asking: Asking, language: str) -> str:
    if not asking.test:
        return subject
    return translations(language).gettext("[Test] %(subject)s") % {"subject": subject}


def _banner(asking: Asking, language: str) -> str:
    if not asking.test:
        return ""
    return translations(language).gettext("This is a test. Nobody is asked, and nothing counts.")


def _unreviewed(language: str) -> list[str]:
    if language not in UNREVIEWED:
        return []
    notice = N_("Our translation, not reviewed by a speaker yet.")
    return [translations(language).gettext(notice)]


def _text(letter: _Letter, doors: Doors) -> str:
    parts = [
        *([letter.banner] if letter.banner else []),
        letter.title,
        *letter.before,
        f"{letter.button}:\n{doors.start}",
        *letter.after,
        f"{letter.leave}\n{doors.stop}",
    ]
    return "\n\n".join(parts) + "\n"


def _html(letter: _Letter, doors: Doors, language: str) -> str:
    """Styles stand in the elements: much mail software leaves out any others."""
    banner = f'<p style="{_BANNER}">{escape(letter.banner)}</p>\n' if letter.banner else ""
    start, stop = escape(doors.start), escape(doors.stop)
    return (
        f'<!doctype html>\n<html lang="{escape(language)}">\n'
        '<head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(letter.subject)}</title></head>\n"
        f'<body style="{_PAGE}">\n<div style="{_COLUMN}">\n{banner}'
        f'<h1 style="font-size:24px">{escape(letter.title)}</h1>\n'
        f"{_paragraphs(letter.before)}"
        f'<p><a href="{start}" style="{_BUTTON}">{escape(letter.button)}</a></p>\n'
        f'<p style="{_WHOLE}">{start}</p>\n'
        f"{_paragraphs(letter.after)}"
        f'<p>{escape(letter.leave)}<br><a href="{stop}" style="{_WHOLE}">{stop}</a></p>\n'
        "</div>\n</body>\n</html>\n"
    )


def _paragraphs(said: Sequence[str]) -> str:
    return "".join(f"<p>{escape(paragraph)}</p>\n" for paragraph in said)
