"""Letters to those whom the body has named for reports that few may see."""

from datetime import datetime

from survey import letter_words
from survey.domain.cases import Case, CaseKind
from survey.domain.letters import Composed, Letter, LetterKind
from survey.locales import translations
from survey.ports import Clock, Ids, UnitOfWork

_LIST = "/staff/cases"


class FewLetters:
    """Written with the report itself, so that none of these is ever only stored (B20)."""

    def __init__(
        self,
        clock: Clock,
        ids: Ids,
        *,
        data_protection: str,
        duty: str,
        organisation: str,
        base_url: str,
    ) -> None:
        """Addresses: who answers for data protection, and who for people in danger (without one,
        the first of the two)."""
        self._clock, self._ids = clock, ids
        self._data_protection, self._duty = data_protection, duty or data_protection
        self._organisation, self._base_url = organisation, base_url

    async def write(self, work: UnitOfWork, case: Case) -> None:
        """Let them know of a case that came in; nothing where nobody is named."""
        astray = case.kind is CaseKind.DATA_ASTRAY
        address = self._data_protection if astray else self._duty
        if not case.restricted or not address:
            return
        now = self._clock.now()
        await work.letters.add(
            [Letter(self._ids.uuid(), LetterKind.FOR_FEW, "en", now, now, address=address)]
        )

    async def compose(self, _: UnitOfWork, letter: Letter, __: datetime) -> Composed | None:
        if not letter.address:
            return None
        words = letter_words.for_few(
            translations(letter.language).gettext,
            organisation=self._organisation,
            link=f"{self._base_url}{_LIST}",
            language=letter.language,
        )
        return Composed(letter.address, words)
