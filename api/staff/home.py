"""/staff: who one is here, what one may open, and what waits for somebody."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.staff.action_form import PATH as ACTIONS
from api.staff.actions import overdue
from api.staff.cases import today
from api.staff.listing import Link
from api.staff.roles import METHODS, grants_in_words
from api.staff.shell import HOME, Desk, places_of, staffed
from api.staff.structure_words import number
from survey.domain.access import Action, may_somewhere
from survey.domain.language import N_, moment_in_words
from survey.locales import translations

router = APIRouter(include_in_schema=False)

FEW_CODES: Final = 3
"""So many recovery codes are left that it is time for new ones."""

_LETTERS_WAIT: Final = timedelta(hours=1)

_CARDS: Final[Mapping[Action | None, str]] = {
    Action.READ_FIGURES: N_("Satisfaction and engagement over time, and side by side."),
    Action.READ_CAMPAIGNS: N_("Who is asked what, when, and how it goes."),
    Action.READ_CASES: N_("What schools and departments report, and what becomes of it."),
    Action.ANSWER_HANDED_OVER: N_("What staff handed to you, and what you say of it."),
    Action.READ_UNITS: N_("Schools, departments and teams, and what lies below what."),
    Action.READ_SERVICES: N_("What is rated, who provides it, and what changed when."),
    Action.READ_PEOPLE: N_("Who may be asked, and where they belong."),
    Action.ACCOUNTS: N_("Who may sign in, and what each may see."),
    Action.KEYS: N_("Other systems that send answers or read figures."),
    Action.AUDIT: N_("Who did what to what, and when."),
}
"""What each page of the menu is for, by what one must be allowed to do."""

_OF_SEVERAL: Final[Mapping[str, str]] = {
    "/staff/calendar": N_("Days and times on which nothing is sent."),
    "/staff/problems": N_("What several reports have in common, and planned downtime."),
    "/staff/actions": N_("What is done, by whom and until when, and who is told of it."),
}
"""The same by path, where another page takes the same right."""


@dataclass(frozen=True, slots=True)
class Card:
    """A page that they may open."""

    name: str
    href: str
    purpose: str


@dataclass(frozen=True, slots=True)
class Matter:
    """What waits for somebody, and the page where they deal with it, where there is one."""

    text: str
    link: Link | None = None


@router.get(HOME)
async def home(desk: Annotated[Desk, Depends(staffed())]) -> Response:
    """The start page of staff."""
    staff = desk.caller.staff
    assert staff is not None
    places = await places_of(desk)
    return desk.page(
        "staff/home.html",
        desk.say(N_("Your start page")),
        account=staff.account,
        since=staff.session.created_at,
        method=desk.say(METHODS[staff.session.method]),
        roles=grants_in_words(staff.account.grants, desk.say, places),
        cards=[_card(name, path, action, desk) for path, name, action in desk.menu()],
        matters=await _matters(desk, nobody_belongs=not places.units),
    )


def _card(name: str, path: str, action: Action | None, desk: Desk) -> Card:
    purpose = _OF_SEVERAL.get(path) or _CARDS.get(action, "")
    return Card(desk.say(name), path, desk.say(purpose) if purpose else "")


async def _matters(desk: Desk, *, nobody_belongs: bool) -> list[Matter]:
    """What waits for this person, in sentences."""
    found = []
    if await _few_codes(desk):
        link = Link(desk.say(N_("Make new ones")), "/staff/account/recovery-codes")
        found.append(Matter(desk.say(N_("You have few recovery codes left.")), link))
    if desk.caller.may(Action.EDIT_UNITS) and nobody_belongs:
        link = Link(desk.say(N_("Upload a list of them")), "/staff/units/upload")
        found.append(Matter(desk.say(N_("No school or department is known yet.")), link))
    found += await _cases_that_need_them(desk)
    found += await _actions_that_are_overdue(desk)
    if not desk.caller.may(Action.ACCOUNTS):
        return found
    if not await desk.app.catalogue.all():
        said = N_("No survey is published yet. Whoever runs this server can publish one.")
        found.append(Matter(desk.say(said)))
    post = await desk.app.letters.post()
    if post.given_up:
        said = desk.say(N_("Letters that could not be sent in the last 30 days: %(number)d."))
        link = Link(desk.say(N_("See who is invited")), "/staff/accounts")
        found.append(Matter(said % {"number": post.given_up}, link))
    if post.oldest and post.oldest < desk.app.clock.now() - _LETTERS_WAIT:
        said = desk.say(N_("Letters wait since %(when)s. Is the mail server up?"))
        when = moment_in_words(post.oldest.astimezone(desk.app.settings.zone), desk.language)
        found.append(Matter(said % {"when": when}))
    health = await desk.app.watch.look()
    if health is not None and health.vitals.parked:
        said = desk.say(N_("Messages to the bot that could not be dealt with: %(number)d."))
        found.append(Matter(said % {"number": health.vitals.parked}))
    if health is not None and health.stale:
        found.append(Matter(desk.say(N_("Messages to the bot wait longer than they should."))))
    return found


async def _cases_that_need_them(desk: Desk) -> list[Matter]:
    """Problem reports that are late or that nobody looks after, of those that are theirs."""
    if not may_somewhere(desk.caller.grants, Action.WORK_CASES):
        return []
    return [Matter(desk.say(N_("Problem reports:")), link) for link in await today(desk)]


async def _actions_that_are_overdue(desk: Desk) -> list[Matter]:
    """How many actions have passed their day, of those that are theirs; nothing where none has."""
    if not may_somewhere(desk.caller.grants, Action.WORK_CASES):
        return []
    late, spoken = await overdue(desk), translations(desk.language)
    if not late:
        return []
    said = spoken.ngettext("%(number)s is overdue", "%(number)s are overdue", late)
    link = Link(said % {"number": number(late, desk)}, ACTIONS)
    return [Matter(desk.say(N_("Actions:")), link)]


async def _few_codes(desk: Desk) -> bool:
    """Whether they sign in with a second factor and could soon be locked out."""
    if desk.account.totp is None:
        return False
    return await desk.app.own_account.recovery_codes_left(desk.secret) < FEW_CODES
