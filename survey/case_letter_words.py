"""What letters say to those who work problem reports: references, and no words of anybody.

`_` looks a sentence up in the catalogue of the account's language.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final
from zoneinfo import ZoneInfo

from survey import letter_words
from survey.domain.cases import Case, Entry, EntryKind, Side
from survey.domain.follow_up import Stage
from survey.domain.language import N_
from survey.domain.letters import Words

_HAPPENED: Final[Mapping[EntryKind, str]] = {
    EntryKind.REPORTED: N_("%(reference)s, %(service)s: new (%(when)s)"),
    EntryKind.MESSAGE: N_("%(reference)s, %(service)s: the reporter wrote (%(when)s)"),
    EntryKind.NOTE: N_("%(reference)s, %(service)s: the provider wrote (%(when)s)"),
    EntryKind.SORTED: N_(
        "%(reference)s, %(service)s: the provider says whether it is fixed (%(when)s)"
    ),
    EntryKind.JUDGED: N_("%(reference)s, %(service)s: not fixed, says the reporter (%(when)s)"),
    EntryKind.CHECKED: N_("%(reference)s, %(service)s: it came back (%(when)s)"),
    EntryKind.ASSIGNED: N_("%(reference)s, %(service)s: yours from now on (%(when)s)"),
}
_TO_PROVIDER: Final = N_("%(reference)s, %(service)s: staff wrote to you (%(when)s)")
_WARNING: Final = N_("%(reference)s, %(service)s: little time is left (%(when)s)")
_BREACH: Final = N_("%(reference)s, %(service)s: late (%(when)s)")


def news(
    _: Callable[[str], str],
    happened: Sequence[tuple[Case, Entry]],
    *,
    services: Mapping[str, str],
    organisation: str,
    name: str,
    link: str,
    language: str,
    zone: ZoneInfo,
) -> Words:
    """A line for each of these, oldest first."""
    lines = []
    for case, entry in happened:
        at = letter_words.moment_in_words(_, entry.at.astimezone(zone), language)
        named = {
            "reference": case.reference,
            "service": services.get(case.service, case.service),
            "when": at,
        }
        lines.append(_(_sentence(entry)) % named)
    references = ", ".join(dict.fromkeys(case.reference for case, _entry in happened))
    subject = _("Problem reports that need you: %(references)s") % {"references": references}
    told = {"organisation": organisation, "name": name}
    return letter_words.letter(
        subject=letter_words.one_line(subject)[:150],
        before=[
            _("Hello %(name)s,") % told,
            _("this is new about problem reports at %(organisation)s:") % told,
            *lines,
            _("Read and answer them here:"),
        ],
        link=link,
        after=[_("You get this because you look after them, or your team does.")],
        language=language,
    )


def _sentence(entry: Entry) -> str:
    if entry.kind is EntryKind.BREACHED:
        return _WARNING if entry.data.get("stage") == Stage.WARNING else _BREACH
    if entry.kind is EntryKind.NOTE and entry.side is Side.STAFF:
        return _TO_PROVIDER
    return _HAPPENED[entry.kind]
