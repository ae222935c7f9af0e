"""Problem reports for those who may read only a part of them: which, and what of each."""

from dataclasses import dataclass

from survey.domain.case_access import Looker, entries_for, reads_as, shown_to
from survey.domain.cases import Audience, Case, Entry
from survey.domain.references import reference_of
from survey.errors import NotFound
from survey.ports import UnitOfWork


@dataclass(frozen=True, slots=True)
class ReadCase:
    """A report with its timeline, oldest entry first, as far as somebody reads them."""

    case: Case
    timeline: tuple[Entry, ...]


async def seen(work: UnitOfWork, reference: str, looker: Looker) -> tuple[Case, Audience]:
    """A case as it is kept, by its reference in any spelling, and as whom they read it.

    Raises: NotFound, also where it is not theirs.
    """
    known = reference_of(reference)
    case = await work.cases.by_reference(known) if known else None
    reader = reads_as(looker, case) if case else None
    if case is None or reader is None:
        raise NotFound("case")
    return case, reader


async def read(work: UnitOfWork, case: Case, reader: Audience) -> ReadCase:
    timeline = await work.cases.timeline(case.id)
    return ReadCase(shown_to(reader, case), entries_for(reader, case, timeline))
