"""What the provider of a service says of a problem report, as entries to be.

Staff and provider read it; the reporter is told nothing of it.
"""

from dataclasses import replace

from survey.domain import case_acts
from survey.domain.cases import Audience, EntryKind, Said, Side, Verdict
from survey.domain.texts import trimmed


def note(text: str) -> Said:
    """Raises: FieldsRejected ("required", "too_long", "bad_sign")."""
    return replace(case_acts.note(text, audience=Audience.PROVIDER), side=Side.PROVIDER)


def judged(verdict: Verdict, text: str = "") -> Said:
    """Whether it is fixed, as the provider has it; it stands beside what the reporter says.

    Raises: FieldsRejected ("too_long", "bad_sign").
    """
    return Said(
        kind=EntryKind.SORTED,
        side=Side.PROVIDER,
        audience=Audience.PROVIDER,
        text=trimmed(text),
        data={"verdict": verdict.value},
    )
