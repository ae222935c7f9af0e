"""How a problem report was handled, as its reporter scores it: an answer like any other.

The score goes the way of every confidential answer, about the case's service and school, and the
case is told only that there was one.
"""

from contextlib import suppress
from typing import Final

from survey.domain.cases import Case, CaseState, EntryKind
from survey.errors import CaseRefused, FieldsRejected, IdempotencyMismatch, NotFound
from survey.services.catalogue import Catalogue, Published
from survey.services.responses import Offered, Responses

HANDLING: Final = "problem-handling"
"""The questionnaire that takes what reporters think of how it was handled."""

_SERVICE: Final = "service"
_SCORE: Final = "handling"


class Scores:
    def __init__(self, catalogue: Catalogue, responses: Responses) -> None:
        self._catalogue, self._responses = catalogue, responses

    async def takes(self, case: Case) -> bool:
        """Whether what is asked of reporters is there, and about this service too."""
        try:
            listed = await self._catalogue.get(HANDLING)
        except NotFound:
            return False
        return listed.row.closed_at is None and case.service in _services(listed.published)

    async def keep(self, case: Case, score: int, *, ended_by: int) -> None:
        """Count it once for the entry by which the case was last ended: of two the first.

        Raises: CaseRefused, where nothing could count it; Busy.
        """
        if case.state is CaseState.MERGED or not case.unit or not await self.takes(case):
            raise CaseRefused(EntryKind.RATED, case.state)
        offered = Offered(HANDLING, case.unit, None, {_SERVICE: case.service, _SCORE: score})
        # A repeat after a crash may come with another score: the first one counts.
        with suppress(IdempotencyMismatch):
            try:
                await self._responses.accept(
                    offered,
                    open_only=False,
                    scope="case",
                    idempotency_key=f"{case.id}/{ended_by}",
                    # Whoever knows the case would find the score in a digest of it.
                    tells_apart=False,
                )
            except FieldsRejected:  # the school was archived, or the like
                raise CaseRefused(EntryKind.RATED, case.state) from None


def _services(published: Published) -> frozenset[str]:
    choices = published.questionnaire.question(_SERVICE).closed_choices
    return frozenset(each.name for each in choices)
