"""What people are told who report a problem, worded once for pages and chat.

`_` looks a sentence up in the catalogue of the person's language. Telephone numbers of national
helplines are those that the lines themselves publish; a body may name its own instead.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from survey.domain.distress import Concern
from survey.domain.identifiers import Identifier
from survey.domain.language import N_, moment_in_words
from survey.domain.retention import CASE_DAYS, DRAFT_DAYS, whole_months
from survey.settings import Settings

Words = Callable[[str], str]

_HELPLINES: Final = (
    (None, N_("If somebody is in danger now, call 999.")),
    (Concern.SELF_HARM, N_("To talk to somebody at any hour: Samaritans, 116 123, free.")),
    (Concern.CHILD, N_("Worried about a child: NSPCC helpline, 0808 800 5000.")),
    (
        Concern.VIOLENCE,
        N_("Hurt or threatened at home: National Domestic Abuse Helpline, 0808 2000 247, free."),
    ),
)

_CALLED: Final = {
    Identifier.NATIONAL_INSURANCE: N_("a National Insurance number"),
    Identifier.NHS: N_("an NHS number"),
    Identifier.BANK: N_("bank details"),
    Identifier.CARD: N_("a card number"),
    Identifier.PHONE: N_("a phone number"),
    Identifier.POSTCODE: N_("a postcode"),
    Identifier.EMAIL: N_("an e-mail address"),
    Identifier.NAME: N_("somebody's name"),
}


def privacy(_: Words) -> str:
    """The promise that the notice makes."""
    return _(
        "The team that runs the service reads your report, with your name and your school, "
        "department or team where we know them."
    )


def kept(_: Words) -> str:
    """How long reports are kept."""
    return _(
        "What you do not send is deleted after %(days)d days. A report is kept for %(months)d "
        "months after it is closed."
    ) % {"days": DRAFT_DAYS, "months": whole_months(CASE_DAYS)}


def thanks(_: Words) -> str:
    return _("We have your report")


def reference(_: Words) -> str:
    return _("Say this reference when you ask about your report.")


def asked_later(_: Words) -> str:
    """The end of a report is its reporter's to say."""
    return _("When it is said to be fixed, we ask you whether it is.")


def promise(_: Words, service: str, by: datetime | None, *, zone: ZoneInfo, language: str) -> str:
    """When somebody answers."""
    if by is None:
        return _("%(service)s reads it next.") % {"service": service}
    when = moment_in_words(by.astimezone(zone), language)
    return _("%(service)s answers by %(when)s.") % {"service": service, "when": when}


def urgent(_: Words, settings: Settings, own: Sequence[str] = ()) -> tuple[str, ...]:
    """Whom to telephone at any hour, said before anybody types; `own` are a service's lines."""
    first = _("This is not for emergencies. If somebody is in danger now, call 999.")
    duty = _duty(_, settings)
    return tuple(dict.fromkeys(each for each in (first, duty, *own) if each))


def help_lines(_: Words, settings: Settings, concerns: Collection[Concern]) -> tuple[str, ...]:
    """The fixed text for somebody who may be in danger, whatever exactly they wrote (B20)."""
    lines = settings.helplines.split("|") if settings.helplines else _national(_, concerns)
    return (
        _("If you or somebody else may be in danger, please talk to somebody now."),
        *(line.strip() for line in lines if line.strip()),
        *filter(None, [_duty(_, settings)]),
        _("This is sent by itself when certain words come up. Nobody judges what you wrote."),
    )


def routed(_: Words) -> str:
    """What happens with a report in which such words came up."""
    return _("When you send your report, the people named for this see it first, and few others.")


def identified(_: Words, identifiers: Collection[Identifier], *, deleted: bool) -> str:
    """What was found in a text; what was found is never repeated."""
    called = ", ".join(_(_CALLED[each]) for each in Identifier if each in identifiers)
    told = _("Your text seems to have this in it: %(what)s.") % {"what": called}
    if deleted:
        rest = _(
            "We have deleted your message from this chat; your report still has it. "
            "Please give such numbers on our web page only."
        )
    else:
        rest = _("If it is about another person and we do not need it, please take it out.")
    return f"{told} {rest}"


def astray(_: Words) -> str:
    """Where personal data went astray."""
    return _(
        "Your report goes to the person who is responsible for data protection, at once. "
        "Few others can see it."
    )


def _national(_: Words, concerns: Collection[Concern]) -> list[str]:
    return [_(line) for concern, line in _HELPLINES if concern is None or concern in concerns]


def _duty(_: Words, settings: Settings) -> str:
    if not settings.duty_contact:
        return ""
    return _("Worried about somebody's safety: %(contact)s, at any hour.") % {
        "contact": settings.duty_contact
    }
