"""Letters to those who work problem reports: what is new, what was answered, which clock runs out.

Those of a provider are told that staff wrote to them.

One letter waits for each account at a time, and says all that has come about until it leaves. It
holds references and no words of anybody: whoever gets it reads those on the page of the report.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from survey import case_letter_words
from survey.domain.access import ALLOWED, Action, Trees
from survey.domain.accounts import Account, Role
from survey.domain.case_access import Looker, may_see, reads_as
from survey.domain.cases import Audience, Case, Entry, EntryKind, Side, Verdict
from survey.domain.letters import Composed, Letter, LetterKind
from survey.domain.named import named_account
from survey.locales import translations
from survey.ports import Ids, UnitOfWork

GATHERED_FOR: Final = timedelta(minutes=10)
"""How long a letter waits for more to say."""

_IS_OLD: Final = timedelta(days=1)
"""What another system brings along was told there."""

MOST: Final = 200
"""Lines of a letter."""

_AT_ONCE: Final = 1_000

_TEAM: Final = ALLOWED[Action.WORK_CASES] - {Role.ADMINISTRATOR}


def is_news(entry: Entry, case: Case) -> bool:
    """Whether those who work on it are written to: not about what they do themselves."""
    match entry.kind:
        case EntryKind.REPORTED | EntryKind.BREACHED:
            return True
        case EntryKind.MESSAGE:
            return entry.side is Side.REPORTER
        case EntryKind.NOTE | EntryKind.SORTED:
            return entry.side is Side.PROVIDER
        case EntryKind.JUDGED | EntryKind.CHECKED:
            return entry.data.get("verdict") != Verdict.FIXED
        case EntryKind.ASSIGNED:
            return case.owner is not None and entry.actor != named_account(case.owner)
    return False


def is_for_provider(entry: Entry) -> bool:
    """Whether those of the provider are written to."""
    return entry.side is Side.STAFF and entry.audience is Audience.PROVIDER


def providers(case: Case, accounts: Collection[Account], trees: Trees) -> list[Account]:
    """Those who see it as the provider of its service, to whom it was handed."""
    here = [each for each in accounts if each.ended_at is None]
    return [each for each in here if reads_as(_looker(each, trees), case) is Audience.PROVIDER]


def _told_of(
    entry: Entry, case: Case, accounts: Collection[Account], trees: Trees
) -> list[Account]:
    """Who is written to about this entry."""
    if is_for_provider(entry):
        return providers(case, accounts, trees)
    return receivers(case, accounts, trees) if is_news(entry, case) else []


def receivers(case: Case, accounts: Collection[Account], trees: Trees) -> list[Account]:
    """Its owner; of one that nobody has, the team: those with a role nearest to its service.

    A report for few goes to its owner, or to the administrators of the whole body.
    """
    here = [each for each in accounts if each.ended_at is None]
    owner = [each for each in here if each.id == case.owner]
    if owner:
        return owner
    able = [each for each in here if may_see(_looker(each, trees), case, Action.WORK_CASES)]
    if case.restricted:
        return able
    for key in trees.services.get(case.service, ("",)):
        team = [each for each in able if _has_role_at(each, key)]
        if team:
            return team
    return []


def _looker(account: Account, trees: Trees) -> Looker:
    return Looker(account.id, account.grants, trees)


def _has_role_at(account: Account, service: str) -> bool:
    return any(each.role in _TEAM and each.service == service for each in account.grants)


def _page_of(account: Account) -> str:
    return "handed-over" if Role.PROVIDER in account.roles else "cases"


class CaseNotices:
    def __init__(
        self, ids: Ids, *, organisation: str, base_url: str, zone: ZoneInfo, sends: bool
    ) -> None:
        """`sends` is False where there is no mail server: then nothing is written."""
        self._ids, self._sends = ids, sends
        self._organisation, self._base_url, self._zone = organisation, base_url, zone

    async def about(
        self, work: UnitOfWork, case: Case, new: Sequence[Entry], *, now: datetime
    ) -> None:
        """See that a letter waits for each who is to know of these entries."""
        fresh = [
            each
            for each in new
            if (is_news(each, case) or is_for_provider(each)) and each.at > now - _IS_OLD
        ]
        if not self._sends or not fresh:
            return
        services = await work.organisation.services()
        trees = Trees.of(await work.organisation.units(), services)
        accounts = await work.accounts.all()
        since = min(each.at for each in fresh)
        told = {
            account.id: account
            for each in fresh
            for account in _told_of(each, case, accounts, trees)
        }
        for account in told.values():
            if await work.letters.gathers(LetterKind.CASES, account.id):
                continue
            letter = Letter(
                self._ids.uuid(),
                LetterKind.CASES,
                account.language or "en",
                written_at=since,
                due_at=now + GATHERED_FOR,
                account=account.id,
            )
            await work.letters.add([letter])

    async def compose(self, work: UnitOfWork, letter: Letter, now: datetime) -> Composed | None:
        """What has come about since the letter was begun; None where it is theirs no more."""
        account = await work.accounts.get(letter.account) if letter.account else None
        if account is None or account.ended_at is not None:
            return None
        until = await work.letters.next_after(letter) or now + timedelta(seconds=1)
        accounts = await work.accounts.all()
        services = await work.organisation.services()
        trees = Trees.of(await work.organisation.units(), services)
        theirs, last = list[tuple[Case, Entry]](), None
        # What others are told of, or nobody, must not crowd out what is theirs.
        while len(theirs) < MOST:
            news = await work.cases.news(
                since=letter.written_at, until=until, after=last, limit=_AT_ONCE
            )
            theirs += [
                (case, entry)
                for case, entry in news
                if account in _told_of(entry, case, accounts, trees)
            ]
            if len(news) < _AT_ONCE:
                break
            last = news[-1][1]
        del theirs[MOST:]
        if not theirs:
            return None
        words = case_letter_words.news(
            translations(letter.language).gettext,
            theirs,
            services={each.key: each.called(letter.language) for each in services},
            organisation=self._organisation,
            name=account.name,
            link=f"{self._base_url}/staff/{_page_of(account)}",
            language=letter.language,
            zone=self._zone,
        )
        return Composed(account.email, words)
