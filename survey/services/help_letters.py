"""Letters to those whose letter has words of danger in it: the fixed text, at once (B20)."""

from collections.abc import Callable, Sequence
from datetime import datetime

from survey import letter_words
from survey.domain.letters import Composed, Letter, LetterKind
from survey.domain.telling import A_DAY, MOST_LETTERS
from survey.locales import translations
from survey.ports import Clock, Ids, UnitOfWork


class HelpLetters:
    def __init__(
        self,
        clock: Clock,
        ids: Ids,
        *,
        organisation: str,
        lines: Callable[[Callable[[str], str]], Sequence[str]],
    ) -> None:
        """`lines` are whom to telephone, in the language of what looks sentences up."""
        self._clock, self._ids = clock, ids
        self._organisation, self._lines = organisation, lines

    async def write(self, work: UnitOfWork, address: str, *, language: str) -> None:
        """Written with the letter that it answers, so that it is sent once; a few a day, since
        who writes as somebody else is not to make us write to them again and again."""
        now = self._clock.now()
        since = now - A_DAY
        if await work.letters.written_since(LetterKind.HELP, address, since=since) >= MOST_LETTERS:
            return
        letter = Letter(self._ids.uuid(), LetterKind.HELP, language, now, now, address=address)
        await work.letters.add([letter])

    async def compose(self, _: UnitOfWork, letter: Letter, __: datetime) -> Composed | None:
        """All lines of help: which words it were is not kept."""
        if not letter.address:
            return None
        gettext = translations(letter.language).gettext
        words = letter_words.of_help(
            gettext,
            lines=self._lines(gettext),
            organisation=self._organisation,
            language=letter.language,
        )
        return Composed(letter.address, words)
