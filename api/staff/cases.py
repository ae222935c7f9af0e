"""/staff/cases: the reports that are theirs to see, what needs doing today, and queues to keep."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from api.staff.case_acts import ACTS_ON_MANY, BY_KEY
from api.staff.case_desk import PATH, TITLE, Reader, looker_of, names_for, works_cases
from api.staff.case_list import (
    FILTERS,
    ME,
    NOBODY,
    ORDERS,
    QUEUES,
    SHOWN,
    YES,
    asked_of,
    query_of,
    rows_of,
)
from api.staff.case_words import clocks_of, options
from api.staff.listing import LONGEST_FILTER, PAGE_SIZE, Link, Listing
from api.staff.shell import Desk, Fault
from api.staff.structure_words import text_of
from api.staff.tree import indented
from survey.case_labels import KINDS, PRIORITIES, STATES
from survey.domain.access import ALLOWED, Action
from survey.domain.case_records import CaseQuery, CaseSort
from survey.domain.language import N_
from survey.errors import FieldsRejected, NotFound
from survey.locales import translations
from survey.ports.cases import MOST_COUNTED

router = APIRouter(include_in_schema=False)

_WRONG: Final[Mapping[str, str]] = {
    "required": N_("Give the queue a name"),
    "too_long": N_("Make the name 80 characters or fewer"),
    "bad_sign": N_("Take out the sign that cannot be printed"),
    "name_taken": N_("Another of your queues has this name"),
    "too_many": N_("You have 30 queues. Remove one first"),
}


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue as the page shows it: how many are in it, and whether it is the one shown.

    `more`: there are more than are counted.
    """

    link: Link
    number: int
    current: bool
    remove: str = ""

    @property
    def more(self) -> bool:
        return self.number > MOST_COUNTED


@dataclass(frozen=True, slots=True)
class Choice:
    """A filter whose value is one of (value, text)."""

    name: str
    label: str
    options: Sequence[tuple[str, str]]


@router.get(PATH)
async def cases(desk: Reader) -> Response:
    """The list: narrowed down, in an order, fifty a page, with what needs doing before it."""
    asked = asked_of(desk.request.query_params, desk)
    if named := await _named(asked.filters["find"], desk):
        return desk.go(f"{PATH}/{named}")
    return await _page(desk, asked)


@router.post(PATH + "/queues")
async def keep(desk: Reader) -> Response:
    """Keep the list as it is narrowed down, under a name."""
    form = await desk.form()
    query = dict(parse_qsl(str(form.get("query") or "")))
    asked = asked_of({name: query.get(name, "")[:LONGEST_FILTER] for name in FILTERS}, desk)
    kept = urlencode({name: value for name, value in asked.filters.items() if value})
    name = text_of(form, "name")
    try:
        await desk.app.case_desk.keep_queue(desk.account.id, name, kept)
    except FieldsRejected as rejected:
        faults = [Fault("name", desk.say(_WRONG[each.code])) for each in rejected.faults]
        return await _page(desk, asked, faults=faults, name=name)
    return desk.go(asked.address(), "queue_kept")


@router.post(PATH + "/queues/{queue:uuid}/remove")
async def drop(desk: Reader, queue: UUID) -> Response:
    await desk.form()
    await desk.app.case_desk.drop_queue(queue, desk.account.id)
    return desk.go(PATH, "queue_removed")


async def shipped_queues(desk: Desk, filters: Mapping[str, str] | None = None) -> list[Queue]:
    """Those that everybody has, with how many are in each."""
    found = []
    for each in QUEUES:
        number = await desk.app.cases.count(query_of(each.query, desk), looker_of(desk))
        link = Link(desk.say(each.name), f"{PATH}?{urlencode(each.query)}")
        found.append(Queue(link, number, _same(filters or {}, each.query)))
    return found


async def _named(text: str, desk: Desk) -> str:
    """The reference that was typed in any spelling, where its report is theirs to see."""
    try:
        return (await desk.app.cases.get(text, looker_of(desk))).case.reference if text else ""
    except NotFound:
        return ""


async def _page(
    desk: Desk, asked: Listing, *, faults: Sequence[Fault] = (), name: str = ""
) -> Response:
    query, looker = query_of(asked.filters, desk), looker_of(desk)
    after = desk.request.query_params.get("after") or None
    found = await desk.app.cases.listed(query, looker, limit=asked.size, after=after)
    number = await desk.app.cases.count(query, looker)
    reports = await desk.app.cases.reports(found.cases)
    names = await names_for(desk, found.cases)
    rows = rows_of(found.cases, reports, names, desk)
    everything = CaseQuery(restricted=True)
    narrowed = {each: value for each, value in asked.filters.items() if value}
    return desk.page(
        "staff/cases.html",
        desk.say(TITLE),
        faults=faults,
        listing=asked,
        path=PATH,
        rows=rows,
        number=number,
        most_counted=MOST_COUNTED,
        next=asked.address(after=found.after) if found.after else "",
        further=after is not None,
        queues=await shipped_queues(desk, asked.filters),
        own=await _own_queues(desk, asked.filters),
        today=await today(desk),
        query=urlencode(narrowed),
        many=f"{PATH}/many",
        pages=[
            Link(desk.say(N_("Write down a report for somebody")), f"{PATH}/new"),
            Link(desk.say(N_("How problem reports fare")), f"{PATH}/figures"),
            Link(desk.say(N_("Risks")), f"{PATH}/risks"),
            Link(desk.say(N_("Letters that wait")), f"{PATH}/held"),
            Link(desk.say(N_("Replies to begin from")), f"{PATH}/templates"),
        ],
        acts=[(key, desk.say(BY_KEY[key].title)) for key in ACTS_ON_MANY],
        name=name,
        choices=await _choices(desk),
        any_known=number > 0 or await desk.app.cases.count(everything, looker) > 0,
    )


async def _own_queues(desk: Desk, filters: Mapping[str, str]) -> list[Queue]:
    found = []
    for each in await desk.app.case_desk.queues(desk.account.id):
        kept = dict(parse_qsl(each.query))
        number = await desk.app.cases.count(query_of(kept, desk), looker_of(desk))
        link = Link(each.name, f"{PATH}?{each.query}")
        remove = f"{PATH}/queues/{each.id}/remove"
        found.append(Queue(link, number, _same(filters, kept), remove))
    return found


async def today(desk: Desk) -> list[Link]:
    """What needs doing today, in sentences that lead to it; empty where nothing does."""
    looker, spoken = looker_of(desk), translations(desk.language)
    late = await desk.app.cases.count(query_of({"late": YES}, desk), looker)
    nobodys = await desk.app.cases.count(query_of({"owner": NOBODY}, desk), looker)
    due = await _due_today(desk)
    in_order = {"order": CaseSort.DUE}
    told = (
        (
            late,
            {"late": YES, **in_order},
            N_("More than %(most)s reports are late"),
            spoken.ngettext("%(number)d report is late", "%(number)d reports are late", late),
        ),
        (
            due,
            in_order,
            "",
            spoken.ngettext(
                "%(number)d more is due by the end of today",
                "%(number)d more are due by the end of today",
                due,
            ),
        ),
        (
            nobodys,
            {"owner": NOBODY},
            N_("More than %(most)s reports have nobody who looks after them"),
            spoken.ngettext(
                "%(number)d report has nobody who looks after it",
                "%(number)d reports have nobody who looks after them",
                nobodys,
            ),
        ),
    )
    most = {"most": f"{MOST_COUNTED:,}"}
    return [
        Link(
            desk.say(over) % most if number > MOST_COUNTED else text % {"number": number},
            f"{PATH}?{urlencode(query)}",
        )
        for number, query, over, text in told
        if number
    ]


async def _due_today(desk: Desk) -> int:
    """Whose first clock runs out before the day is over and has not yet; of the first fifty."""
    query = replace(query_of({}, desk), sort=CaseSort.DUE)
    late = await desk.app.cases.count(replace(query, late=True), looker_of(desk))
    found = await desk.app.cases.listed(query, looker_of(desk), limit=late + PAGE_SIZE)
    now, zone = desk.app.clock.now(), desk.app.settings.zone
    today = now.astimezone(zone).date()
    firsts = [clocks_of(case)[0][1] for case in found.cases]
    return sum(by >= now and by.astimezone(zone).date() == today for by in firsts)


def _same(filters: Mapping[str, str], query: Mapping[str, str]) -> bool:
    return {name: value for name, value in filters.items() if value} == {
        name: str(value) for name, value in query.items()
    }


async def _choices(desk: Desk) -> list[Choice]:
    """The filters that are chosen from a list, beside words and dates."""
    services = await desk.app.organisation.services()
    seen = [each for each in services if reaches(desk, service=each.key)]
    units = [each for each in await desk.app.units.choosable() if reaches(desk, unit=each.key)]
    owners = [each for each in await desk.app.accounts.all() if works_cases(each)]
    anything = ("", desk.say(N_("All")))
    everybody = [("", desk.say(N_("Anybody's"))), (ME, desk.say(N_("Mine")))]
    everybody += [(NOBODY, desk.say(N_("Nobody's")))]
    everybody += [(str(each.id), each.name or each.email) for each in owners]
    states = [*options(SHOWN, desk), *options(STATES, desk)]
    return [
        Choice("state", desk.say(N_("State")), states),
        Choice("owner", desk.say(N_("Whose")), everybody),
        Choice("service", desk.say(N_("Service")), [anything, *indented(seen)]),
        Choice("unit", desk.say(N_("School or department")), [anything, *indented(units)]),
        Choice("kind", desk.say(N_("What is wrong")), [anything, *options(KINDS, desk)]),
        Choice("priority", desk.say(N_("Priority")), [anything, *options(PRIORITIES, desk)]),
        Choice("order", desk.say(N_("Order")), options(ORDERS, desk)),
    ]


def reaches(desk: Desk, *, unit: str = "", service: str = "") -> bool:
    """Whether any of their grants reaches into it, whatever the other half of the grant says."""
    trees = desk.caller.trees
    return any(
        grant.role in ALLOWED[Action.READ_CASES]
        and (not unit or grant.unit in trees.units.get(unit, ("",)))
        and (not service or grant.service in trees.services.get(service, ("",)))
        for grant in desk.caller.grants
    )
