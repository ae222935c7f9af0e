"""What a letter to a reporter says: what happened, what is asked, and how to answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from survey.domain.language import N_
from survey.domain.letters import Words
from survey.domain.quoting import ABOVE
from survey.domain.reply_addresses import signed
from survey.letter_words import one_line
from survey.locales import UNREVIEWED, translations
from survey.ports.tellings import Asks, Bulletin, Passage

_PAGE: Final = (
    "margin:0;padding:24px 16px;background:#ffffff;color:#0b0c0c;"
    "font-family:Arial,sans-serif;font-size:19px;line-height:1.4"
)
_COLUMN: Final = "max-width:600px;margin:0 auto"
_QUOTE: Final = "margin:0 0 16px;padding:8px 16px;border-left:6px solid #b1b4b6"
_SMALL: Final = "font-size:16px;color:#505a5f"
_WHOLE: Final = "overflow-wrap:anywhere"


@dataclass(frozen=True, slots=True)
class Ways:
    """How a letter is answered: on a page below `base_url`, or where `reply_to` is set, by mail."""

    base_url: str
    reply_to: str = ""

    def page(self, passage: Passage) -> str:
        return f"{self.base_url}/case/{passage.token}"

    def address(self, passage: Passage) -> str:
        return signed(self.reply_to, passage.address) if self.reply_to else ""


@dataclass(frozen=True, slots=True)
class _Part:
    """What is said of one case: sentences of ours and of theirs, in order, then how to answer."""

    heading: str
    said: Sequence[tuple[str, str]]
    question: str
    ways: Sequence[str]
    link: str


def telling(bulletin: Bulletin, ways: Ways, *, organisation: str, language: str) -> Words:
    """The letter, in a language that we speak.

    Letters about one case have one subject, by which mail software keeps them together.
    """
    _ = translations(language).gettext
    parts = [_part(each, ways, bulletin, language) for each in bulletin.passages]
    subject = _("Your reports to %(organisation)s") % {"organisation": organisation}
    if len(parts) == 1:
        subject = parts[0].heading
    above = _above(language) if ways.reply_to and len(parts) == 1 else ""
    after = [_("From: %(organisation)s.") % {"organisation": organisation}, *_unreviewed(language)]
    return Words(
        one_line(subject),
        _text(above, parts, after),
        _html(one_line(subject), above, parts, after, language),
    )


def _part(passage: Passage, ways: Ways, bulletin: Bulletin, language: str) -> _Part:
    _ = translations(language).gettext
    named = {"reference": passage.reference, "service": one_line(passage.service)}
    by_mail = []
    if ways.reply_to and len(bulletin.passages) == 1 and passage.asks is Asks.VERDICT:
        by_mail.append(_("To tell us, answer this e-mail with one word: Fixed, Partly or No."))
        if passage.scored:
            by_mail.append(
                _(
                    "Put a number after it, from 1 (very badly) to 5 (very well), to say how your "
                    "problem was handled: Fixed 4."
                )
            )
    elif ways.reply_to and len(bulletin.passages) == 1:
        by_mail.append(_("You can also answer this e-mail, with photos if you like."))
    elif ways.reply_to:
        address = {"address": ways.address(passage)}
        by_mail.append(_("You can also write to %(address)s.") % address)
    answers = {
        Asks.NOTHING: _("To answer, add files or see the whole report, open this page:"),
        Asks.WORDS: _("To answer, open this page:"),
        Asks.VERDICT: _("You can also tell us on this page:")
        if by_mail
        else _("To tell us, open this page:"),
    }
    return _Part(
        _("%(reference)s: your report about %(service)s") % named,
        [*((each.said, each.quoted) for each in passage.lines), *_files(passage, language)],
        passage.question,
        [*by_mail, answers[passage.asks]],
        ways.page(passage),
    )


def _files(passage: Passage, language: str) -> list[tuple[str, str]]:
    if not passage.files:
        return []
    said = translations(language).ngettext(
        "%(number)d file came with it: it is on the page.",
        "%(number)d files came with it: they are on the page.",
        passage.files,
    )
    return [(said % {"number": passage.files}, "")]


def _above(language: str) -> str:
    """Where what somebody answers ends, whatever their mail software quotes below it."""
    said = translations(language).gettext("Write your answer above this line")
    return f"{ABOVE} {said} {ABOVE}"


def _unreviewed(language: str) -> list[str]:
    if language not in UNREVIEWED:
        return []
    notice = N_("Our translation, not reviewed by a speaker yet.")
    return [translations(language).gettext(notice)]


def _text(above: str, parts: Iterable[_Part], after: Sequence[str]) -> str:
    said = [above] if above else []
    for part in parts:
        said.append(part.heading)
        for ours, theirs in part.said:
            said += [ours, *([f"“{theirs}”"] if theirs else [])]
        said += [part.question] if part.question else []
        said += [*part.ways[:-1], f"{part.ways[-1]}\n{part.link}"]
    return "\n\n".join([*said, *after]) + "\n"


def _html(
    subject: str, above: str, parts: Iterable[_Part], after: Sequence[str], language: str
) -> str:
    """Styles stand in the elements: much mail software leaves out any others."""
    shown = _html_small(above) if above else ""
    return (
        f'<!doctype html>\n<html lang="{escape(language)}">\n'
        '<head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(subject)}</title></head>\n"
        f'<body style="{_PAGE}">\n<div style="{_COLUMN}">\n{shown}'
        f"{''.join(map(_html_part, parts))}"
        f"{''.join(map(_html_small, after))}"
        "</div>\n</body>\n</html>\n"
    )


def _html_part(part: _Part) -> str:
    said = "".join(f"<p>{escape(ours)}</p>\n{_quoted(theirs)}" for ours, theirs in part.said)
    asked = f"<p><b>{escape(part.question)}</b></p>\n" if part.question else ""
    ways = "".join(f"<p>{escape(each)}</p>\n" for each in part.ways[:-1])
    link = escape(part.link)
    return (
        f'<h1 style="font-size:24px">{escape(part.heading)}</h1>\n{said}{asked}{ways}'
        f'<p>{escape(part.ways[-1])}<br><a href="{link}" style="{_WHOLE}">{link}</a></p>\n'
    )


def _html_small(text: str) -> str:
    return f'<p style="{_SMALL}">{escape(text)}</p>\n'


def _quoted(text: str) -> str:
    if not text:
        return ""
    lines = "<br>".join(escape(line) for line in text.splitlines())
    return f'<blockquote style="{_QUOTE}">{lines}</blockquote>\n'
