"""Problem reports in chat, for those who reported them: listed, opened, judged, rated, handed on.

Whose a case is, `OwnCases` asks at each press; nothing is said of one before.
"""

from collections.abc import Sequence
from uuid import UUID

from aiogram.types import Message

from bot import cases as pages
from bot.case_buttons import About, CasePress, Named, begins
from bot.cases import Around
from bot.joining import too_many_tries
from bot.pages import no_such_link
from bot.talk import Talk
from survey.domain.cases import Verdict
from survey.errors import CaseRefused, FieldsRejected, NotFound, TooManyTries
from survey.services.links import CASE
from survey.services.own_cases import OwnCase
from survey.services.reporters import Reporter
from survey.services.school_links import SchoolLink


async def around(talk: Talk) -> Around:
    """What pages about cases need beside them."""
    async with talk.core.begin.read() as work:
        services = await work.organisation.services()
    names = {each.key: each.called(talk.say.language) for each in services}
    return Around(names, talk.core.clock.now(), talk.core.settings.zone)


async def mycases(_message: Message, talk: Talk) -> None:
    await list_them(talk, at=None)


async def list_them(talk: Talk, *, at: int | None) -> None:
    """What they reported, and how it stands."""
    cases = await talk.core.own_cases.of(talk.reporter)
    school = bool(await _school_links(talk))
    view = pages.my_reports(talk.say, cases, await around(talk), school=school)
    await talk.tell(view, instead_of=at)


async def send_school(talk: Talk, *, at: int | None) -> None:
    """Links to all reports of the schools that they stand for. Raises: NotFound."""
    links = await _school_links(talk)
    if not links:
        raise NotFound("unit")
    await talk.tell(pages.school(talk.say, links), instead_of=at)


async def _school_links(talk: Talk) -> Sequence[SchoolLink]:
    """This chat is theirs alone: they joined here."""
    person = talk.chat.person
    return await talk.core.school_links.of(person) if person else ()


async def start(payload: str, talk: Talk) -> bool:
    """Answer a link to a case; False where it is none."""
    if not payload.startswith(CASE):
        return False
    try:
        await show(payload.removeprefix(CASE), talk, at=None)
    except NotFound:
        await talk.tell(no_such_link(talk.say))
    except TooManyTries as locked:
        await talk.tell(too_many_tries(talk.say, locked.seconds))
    return True


async def show(known_by: Named, talk: Talk, *, at: int | None) -> None:
    """Where a case stands. Raises: NotFound, TooManyTries."""
    case, who = await whose(known_by, talk)
    own = await talk.core.own_cases.get(case, who)
    view = pages.report(talk.say, own, await around(talk), known_by=known_by)
    await talk.tell(view, instead_of=at)


async def whose(known_by: Named, talk: Talk) -> tuple[UUID, Reporter]:
    """The case of a button or a link, and as whom they come to it.

    Raises: NotFound, TooManyTries.
    """
    who = talk.reporter
    if isinstance(known_by, UUID):
        return known_by, who
    link = await talk.read_case_link(known_by)
    case = await talk.core.own_cases.behind(link)
    return case, Reporter(person=who.person, chat=who.chat, link=link)


def attended(known_by: Named) -> str:
    """As `Chat.about` names it."""
    return known_by.hex if isinstance(known_by, UUID) else known_by


async def press(pressed: CasePress, talk: Talk, message: int | None) -> str:
    """Do what a button about a case asks; what is said besides, mostly nothing."""
    try:
        return await _press(pressed, talk, message)
    except (NotFound, FieldsRejected):
        return works_no_more(talk)
    except TooManyTries as locked:
        await talk.tell(too_many_tries(talk.say, locked.seconds), instead_of=message)
        return ""


def works_no_more(talk: Talk) -> str:
    """The same words whatever the reason."""
    return talk.say._("This button does not work any more. Send /mycases to go on.")


async def _press(pressed: CasePress, talk: Talk, message: int | None) -> str:
    """Raises: NotFound, FieldsRejected, TooManyTries."""
    known_by, say = pressed.case, talk.say
    match pressed.action:
        case About.OPEN:
            await show(known_by, talk, at=message)
        case About.JUDGE:
            return await _judge(pressed, talk, message)
        case About.RATE:
            return await _rate(pressed, talk, message)
        case About.ADD:
            own, _ = await _own(known_by, talk)
            await talk.attend(attended(known_by))
            await talk.tell(pages.send_now(say, own.case))
        case About.TAKE_OVER:
            await _take_over(known_by, talk, message)
        case About.HAND_ON | About.GIVE:
            await _hand_on(pressed, talk, message)
        case _:
            raise NotFound("button")
    return ""


async def _own(known_by: Named, talk: Talk) -> tuple[OwnCase, Reporter]:
    """A case that is theirs to act in. Raises: NotFound, TooManyTries."""
    case, who = await whose(known_by, talk)
    own = await talk.core.own_cases.get(case, who)
    if own.is_colleagues:
        raise NotFound("case")
    return own, who


async def _judge(pressed: CasePress, talk: Talk, message: int | None) -> str:
    try:
        verdict = Verdict(pressed.choice)
    except ValueError:
        raise NotFound("verdict") from None
    case, who = await whose(pressed.case, talk)
    own_cases, known_by = talk.core.own_cases, pressed.case
    try:
        await own_cases.judge(case, verdict, who=who, update=talk.unsettled)
    except CaseRefused:
        # Nobody says (any more) that it is fixed: how it stands now says why.
        await show(known_by, talk, at=message)
        return talk.say._("Nobody says now that this is fixed.")
    talk.had_its_effect()
    own = await own_cases.get(case, who)
    if verdict is not Verdict.FIXED:
        await talk.attend(attended(known_by))
    view = pages.judged(talk.say, own, await around(talk), known_by=known_by)
    await talk.tell(view, instead_of=message)
    return ""


async def _rate(pressed: CasePress, talk: Talk, message: int | None) -> str:
    if not pressed.choice.isdecimal():
        raise NotFound("score")
    own, who = await _own(pressed.case, talk)
    try:
        await talk.core.own_cases.rate(
            own.case.id, int(pressed.choice), who=who, update=talk.unsettled
        )
    except CaseRefused:
        await show(pressed.case, talk, at=message)
        return talk.say._("This cannot be rated now.")
    talk.had_its_effect()
    await talk.tell(pages.rated(talk.say, own.case), instead_of=message)
    return ""


async def _take_over(known_by: Named, talk: Talk, message: int | None) -> None:
    case, who = await whose(known_by, talk)
    if who.person is None:
        raise NotFound("case")
    taken = await talk.core.own_cases.hand_on(case, who.person, who=who, update=talk.unsettled)
    talk.had_its_effect()
    await talk.tell(pages.taken_over(talk.say, taken), instead_of=message)


async def _hand_on(pressed: CasePress, talk: Talk, message: int | None) -> None:
    own, who = await _own(pressed.case, talk)
    use, case = talk.core.own_cases, own.case
    beside = await use.colleagues(case.id, who=who)
    if pressed.action is About.HAND_ON:
        view = pages.colleagues(talk.say, case, beside, known_by=pressed.case)
    else:
        chosen = [each for each in beside if begins(each.id) == pressed.choice]
        if len(chosen) != 1:
            raise NotFound("person")
        await use.hand_on(case.id, chosen[0].id, who=who, update=talk.unsettled)
        talk.had_its_effect()
        view = pages.handed_on(talk.say, case, chosen[0])
    await talk.tell(view, instead_of=message)
