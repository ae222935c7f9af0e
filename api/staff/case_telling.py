"""Who is told what of an entry, and when: said before anybody sends it."""

from typing import Final

from api.staff.case_desk import Names, for_provider
from api.staff.case_words import when
from api.staff.shell import Desk
from survey.domain.case_access import Looker, grants_of, is_providers
from survey.domain.case_records import TellingKind
from survey.domain.cases import Case
from survey.domain.file_kinds import MOST_AT_ONCE
from survey.domain.language import N_
from survey.domain.telling import TOO_MANY, due, heard, receiver_of, why_no_receipt
from survey.ports import UnitOfWork
from survey.services.api_keys import Scope
from survey.services.cases import CaseFile

_CHAT: Final = N_("in Telegram")
_MAIL: Final = N_("by e-mail")

_NOWHERE: Final = N_(
    "No message leaves: the reporter gave no address. They read it on the page behind their link."
)
_AT_ONCE: Final = N_("It goes to %(name)s %(way)s at once.")
_LATER: Final = N_(
    "It goes to %(name)s %(way)s with other news, %(when)s: they get no more than one such message "
    "a day."
)
_TOO_MANY: Final = N_(
    "No: too many letters of this kind went to that address that day. Somebody may have typed the "
    "address of another."
)
_NOT_SENT: Final = N_("No: the letter could not be sent.")
_FILES: Final = N_(
    "Photos, PDF, Word, Excel or text. Up to %(most)s files, 20 MB each. "
    "Whoever reads the message reads them too, but for the provider, who is shown words alone."
)
_EACH_SENT: Final = N_("With a reply or a question, each is sent in Telegram after your words.")
_LINKED: Final = N_("No file goes by e-mail: the letter leads to the page where they are.")
_BEHIND_LINK: Final = N_(
    "This report is for few: files are on the reporter's page alone, and never sent in Telegram."
)

NOBODY_TOLD: Final = N_("The reporter is told nothing of it.")

_PROVIDER: Final = N_("Staff and the provider read it.")
_NO_PROVIDER: Final = N_("By now nobody signs in for the provider, and no system of theirs asks.")
_FOR_FEW: Final = N_("This report is for few: here the provider sees nothing of it.")
_ALSO_SEEN: Final = N_(
    "With it they see the service, the school or department, how urgent it is and how it stands; "
    "never who reported it, nor what they wrote."
)
_BY_NAME: Final = N_("For the provider: %(names)s.")
_SYSTEM: Final = N_("their own system")


async def told_how(found: CaseFile, kind: TellingKind | None, names: Names, desk: Desk) -> str:
    """Where a message of this kind about the case would go by now; None: there is none."""
    case = found.case
    if kind is None:
        return desk.say(NOBODY_TOLD)
    now = desk.app.clock.now()
    async with desk.app.begin.read() as work:
        way, receiver = await _way(work, case), receiver_of(case)
        last = await work.tellings.last_told(receiver) if receiver else None
    if not way:
        return desk.say(_NOWHERE)
    at = due(kind, now=now, last_told=last, last_heard=heard(found.timeline))
    named = {"name": reporter_called(case, names, desk), "way": desk.say(way)}
    if at <= now:
        return desk.say(_AT_ONCE) % named
    named["when"] = when(
        at, now=now, zone=desk.app.settings.zone, say=desk.say, language=desk.language
    )
    return desk.say(_LATER) % named


async def files_how(case: Case, desk: Desk) -> str:
    """Who reads the files of a message, and where."""
    async with desk.app.begin.read() as work:
        way = await _way(work, case)
    where = ""
    if case.restricted:
        where = desk.say(_BEHIND_LINK)
    elif way:
        where = desk.say(_EACH_SENT if way == _CHAT else _LINKED)
    said = desk.say(_FILES) % {"most": MOST_AT_ONCE}
    return f"{said} {where}".rstrip()


async def provider_told(case: Case, desk: Desk) -> str:
    """Who reads a note for the provider, and what they see with it."""
    say = desk.say
    if case.restricted:
        return f"{say(_PROVIDER)} {say(_FOR_FEW)}"
    accounts = await desk.app.accounts.all()
    names = [each.name or each.email for each in accounts if for_provider(each, case, desk)]
    if await _has_system(case, desk):
        names.append(say(_SYSTEM))
    who = say(_BY_NAME) % {"names": ", ".join(names)} if names else say(_NO_PROVIDER)
    return f"{say(_PROVIDER)} {who} {say(_ALSO_SEEN)}"


async def _has_system(case: Case, desk: Desk) -> bool:
    """Whether a key of the provider reads it."""
    return any(
        each.revoked_at is None
        and Scope.READ_CASES in each.scopes
        and is_providers(Looker(each.id, grants_of(each), desk.caller.trees), case)
        for each in await desk.app.api_keys.all()
    )


def reporter_called(case: Case, names: Names, desk: Desk) -> str:
    """By name where it is known."""
    known = names.people.get(case.person) if case.person else None
    return known or desk.say(N_("the reporter"))


async def not_told(case: Case, desk: Desk) -> str | None:
    """That no letter could say to the reporter that it came in; None where one did."""
    if case.email is None:
        return None
    async with desk.app.begin.read() as work:
        why = why_no_receipt(case, await work.tellings.of_case(case.id))
    if not why:
        return None
    return desk.say(_TOO_MANY if why == TOO_MANY else _NOT_SENT)


async def is_told(case: Case, desk: Desk) -> bool:
    """Whether there is a way by which the reporter is told of what staff write."""
    async with desk.app.begin.read() as work:
        return bool(await _way(work, case))


async def _way(work: UnitOfWork, case: Case) -> str:
    """By which way the reporter is reached; empty where by none."""
    if case.person is not None:
        if await work.chats.of_person(case.person):
            return _CHAT
        person = await work.people.get(case.person)
        return _MAIL if person is not None and person.email else ""
    if case.chat is not None:
        return _CHAT
    return _MAIL if case.email else ""
