"""Letters with a link to an account: an invitation, a new password, a sign-in."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from survey import letter_words
from survey.domain.accounts import Account, Purpose
from survey.domain.letters import Composed, Letter, LetterKind
from survey.locales import translations
from survey.ports import Ids, UnitOfWork
from survey.services import tickets

PURPOSES: Final[Mapping[LetterKind, Purpose]] = {
    LetterKind.INVITATION: Purpose.INVITATION,
    LetterKind.RESET: Purpose.RESET,
    LetterKind.EMAIL: Purpose.EMAIL,
}


class AccountLetters:
    def __init__(self, ids: Ids, *, organisation: str, base_url: str, zone: ZoneInfo) -> None:
        self._ids, self._organisation = ids, organisation
        self._base_url, self._zone = base_url, zone

    async def compose(self, work: UnitOfWork, letter: Letter, now: datetime) -> Composed | None:
        """The letter with a ticket of its own; None where nobody is to have it."""
        account = await _receiver(work, letter)
        if account is None:
            return None
        purpose = PURPOSES[letter.kind]
        issued = await tickets.issue(work, self._ids, account, purpose, now=now)
        words = letter_words.to_account(
            translations(letter.language).gettext,
            purpose,
            organisation=self._organisation,
            name=account.name,
            link=f"{self._base_url}{tickets.PATH}{issued.token}",
            until=issued.expires_at,
            language=letter.language,
            zone=self._zone,
        )
        return Composed(account.email, words)


async def _receiver(work: UnitOfWork, letter: Letter) -> Account | None:
    """Who it goes to, as of now.

    An account that signs in at a provider and has no password gets none by a letter either.
    """
    if letter.account is not None:
        account = await work.accounts.get(letter.account)
    else:
        account = await work.accounts.by_email(letter.address or "")
    if account is None or account.ended_at is not None:
        return None
    by_provider_alone = account.subject is not None and account.password is None
    return None if letter.kind is LetterKind.RESET and by_provider_alone else account
