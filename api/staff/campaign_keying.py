"""/staff/campaigns/KEY/key-in: answers that came by telephone or on paper.

Whose they are is told by the address on a slip or letter. Where answers are not anonymous, a search
by name finds who was asked; it lists nobody by whether they have answered.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from api.staff.campaign_changes import crumbs_to
from api.staff.campaign_words import moment
from api.staff.campaigns import PATH, address_of, title_of
from api.staff.shell import Desk, Fault, staffed
from api.web import routes
from api.web.sessions import COOKIE, set_cookie
from api.web.visits import InvitedHere, owner_of
from survey.domain.access import Action
from survey.domain.language import N_
from survey.domain.records import KeyedFrom
from survey.domain.waves import Wave
from survey.errors import AlreadyAnswered, NotFound, WaveClosed
from survey.services.keying import SHORTEST, AskedOne, Search, may_be_searched

router = APIRouter(include_in_schema=False)

Runner = Annotated[Desk, Depends(staffed(Action.RUN_CAMPAIGNS))]

_TITLE: Final = N_("Key in answers")
_MODES: Final[Mapping[KeyedFrom, str]] = {
    KeyedFrom.TELEPHONE: N_("By telephone"),
    KeyedFrom.PAPER: N_("On paper"),
}
_LONGEST: Final = 300


@dataclass(frozen=True, slots=True)
class _Typed:
    """What was filled in; `find` says that the search was asked for."""

    mode: KeyedFrom | None = None
    link: str = ""
    name: str = ""
    chosen: str = ""
    find: bool = False


@router.get(PATH + "/{campaign}/key-in")
async def look(campaign: str, desk: Runner) -> Response:
    """How the answers came, and whose they are. Raises: NotFound."""
    return await _page(desk, campaign, _Typed())


@router.post(PATH + "/{campaign}/key-in")
async def pressed(campaign: str, desk: Runner) -> Response:
    """Search, or open the questions in this browser. Raises: NotFound."""
    typed = _typed(await desk.form())
    if typed.find:
        return await _found(desk, campaign, typed)
    faults = []
    if typed.mode is None:
        faults.append(Fault("mode", desk.say(N_("Select how the answers came"))))
    whose = _whose(typed)
    if whose is None:
        faults.append(Fault("link", desk.say(N_("Enter the address on the slip or letter"))))
    if typed.mode is None or whose is None:
        return await _page(desk, campaign, typed, faults=faults)
    visitor = await desk.web.visitors.keep(
        await desk.web.visitors.meet(desk.request.cookies.get(COOKIE))
    )
    field = "chosen" if isinstance(whose, UUID) and typed.name else "link"
    try:
        shown = await desk.app.keying.open(
            campaign, whose, mode=typed.mode, owner=owner_of(visitor), by=desk.actor
        )
    except NotFound:
        words = N_("This address leads nowhere. Copy all of it from the slip or letter.")
    except AlreadyAnswered:
        words = N_("The answers to this one are here already. They count once.")
    except WaveClosed:
        words = N_("This survey is closed. It takes no more answers.")
    else:
        here = InvitedHere(
            desk.request,
            desk.app,
            desk.web,
            await desk.app.catalogue.get(shown.state.questionnaire),
            visitor,
            None,
            shown.conversation,
            shown,
            moved=None,
            keyed=typed.mode,
        )
        response = RedirectResponse(routes.address_of(here, shown.turn), 303)
        set_cookie(response, visitor, secure=desk.app.settings.secure_cookies)
        return response
    return await _page(desk, campaign, typed, faults=[Fault(field, desk.say(words))])


async def _found(desk: Desk, campaign: str, typed: _Typed) -> Response:
    if len(typed.name) < SHORTEST:
        words = desk.say(N_("Enter at least two letters of the name"))
        return await _page(desk, campaign, typed, faults=[Fault("name", words)])
    search = await desk.app.keying.find(campaign, typed.name)
    faults = []
    if not search.found:
        words = desk.say(N_("Nobody of this name was asked. Check how it is written."))
        faults.append(Fault("name", words))
    return await _page(desk, campaign, typed, faults=faults, search=search)


def _typed(form: FormData) -> _Typed:
    def text(name: str) -> str:
        return str(form.get(name) or "").strip()[:_LONGEST]

    mode = text("mode")
    searched = form.get("action") == "find" or (
        bool(text("name")) and not text("link") and not text("chosen")
    )
    return _Typed(
        mode=KeyedFrom(mode) if mode in tuple(KeyedFrom) else None,
        link=text("link"),
        name=text("name"),
        chosen=text("chosen"),
        find=searched,
    )


def _whose(typed: _Typed) -> UUID | str | None:
    """What was typed goes before what was found, which may be left from the last search."""
    if typed.link:
        return typed.link
    try:
        return UUID(typed.chosen)
    except ValueError:
        return None


async def _page(
    desk: Desk,
    campaign: str,
    typed: _Typed,
    *,
    faults: Sequence[Fault] = (),
    search: Search | None = None,
) -> Response:
    found = (await desk.app.campaigns.status(campaign)).campaign
    waves = await desk.app.keying.waves(campaign)
    if search is None and typed.name:
        search = await desk.app.keying.find(campaign, typed.name)
    return desk.page(
        "staff/campaign_keying.html",
        desk.say(_TITLE),
        crumbs=crumbs_to(found, desk),
        faults=faults,
        name=title_of(found),
        here=f"{address_of(campaign)}/key-in",
        back=address_of(campaign),
        open=bool(waves),
        searchable=any(may_be_searched(wave) for wave in waves),
        typed=typed,
        modes=[(mode.value, desk.say(words)) for mode, words in _MODES.items()],
        found=[_row(each, waves, desk) for each in search.found] if search else [],
        more=bool(search and search.more),
    )


def _row(asked: AskedOne, waves: Sequence[Wave], desk: Desk) -> tuple[str, str, str]:
    """Value, name and hint of a choice; when it began, where several times are open at once."""
    hints = [asked.name if asked.body else asked.unit]
    if len(waves) > 1:
        began = moment(asked.wave.opens_at, desk.app.settings.zone, desk.language)
        hints.append(desk.say(N_("Began %(day)s")) % {"day": began})
    return str(asked.invitation), asked.body or asked.name, "; ".join(filter(None, hints))
