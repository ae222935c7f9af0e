"""/chat: the bot in a page, for a demonstration without a token.

The page is whole without JavaScript: buttons and the text box are forms, and each post leads back
to the message that answers it. `static/chat.js` posts the same forms, asks for the same page now
and then, and puts what has changed in its place.
"""

import hashlib
import re
from dataclasses import dataclass, replace
from functools import partial
from random import SystemRandom
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.access import Access, App, Caller, Rule
from api.demonstration.company import ANSWERED_TOO, answer_too
from api.demonstration.under_way import link_to_join
from api.limiting import Limits
from api.staff.trend_asked import PATH as TRENDS
from api.web import forms
from api.web.context import Visit
from api.web.errors import trouble_page, visit_of
from api.web.parts import drain, is_multipart, read_parts_of_anybody
from api.web.security import comes_from_us, framing, post_is_ours
from api.web.sessions import COOKIE, Visitor, set_cookie
from api.web.troubles import Trouble
from api.web.visits import Web, owner_of, with_query
from bot.callbacks import MOST_BYTES
from bot.commands import menu
from bot.markup import MOST_TEXT, utf16_length
from bot.sentences import Sentences
from bot.simulator.chats import Pane
from bot.simulator.desk import Desk, Guest
from survey.domain import file_kinds
from survey.domain.language import number_in_words
from survey.domain.secrets import digest
from survey.errors import NotFound
from survey.locales import SPOKEN, translations
from survey.wiring import Application

router = APIRouter(include_in_schema=False)

Demo = Annotated[Caller, Depends(Access(Rule.DEMO))]

PATH: Final = "/chat"
_BESIDE: Final = "trends"
_SEE_OTHER: Final = 303
_NOT_MODIFIED: Final = 304
_REFUSED: Final = 422
_WORDS: Final = "text"
_FILE: Final = "file"

FILE_BYTES: Final = file_kinds.MOST_BYTES
DRAINED: Final = 4 * FILE_BYTES
"""Bytes of a body that are read at all, so that a browser shows what is said of it."""

MOST_CAPTION: Final = 1024
"""Characters of the text with a file. Source: core.telegram.org/bots/api#message."""

_PRESS: Final = re.compile(r"([0-9]{1,18}) (.+)", re.DOTALL)
_PAYLOAD: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class Sitting:
    """One request to the chat, and who sent it."""

    request: Request
    app: Application
    web: Web
    desk: Desk
    visitor: Visitor

    @property
    def asked(self) -> str | None:
        """The language that the address names."""
        asked = self.request.query_params.get("language")
        return asked if asked in SPOKEN else None

    @property
    def language(self) -> str:
        """Of the page: as the address asks, as chosen earlier, as the browser prefers."""
        chosen = self.visitor.session.language if self.visitor.session else None
        return self.asked or chosen or visit_of(self.request).language

    @property
    def guest(self) -> Guest:
        return Guest(user_of(self.visitor), self.language)

    @property
    def beside(self) -> bool:
        """Whether the trends stand beside the chat."""
        return self.request.query_params.get("beside") == _BESIDE

    @property
    def payload(self) -> str:
        """What the link that led here wants to begin with, as in a link to Telegram."""
        payload = self.request.query_params.get("start", "")
        return payload if _PAYLOAD.fullmatch(payload) else ""

    @property
    def address(self) -> str:
        return self.at(beside=self.beside, language=self.asked)

    @staticmethod
    def at(*, beside: bool, language: str | None) -> str:
        return with_query(PATH, beside=_BESIDE if beside else None, language=language)

    @property
    def visit(self) -> Visit:
        return Visit(
            language=self.language,
            languages=tuple(SPOKEN),
            path=self.address,
            csrf=self.visitor.csrf,
        )


def user_of(visitor: Visitor) -> int:
    """The number that a visitor has in the chat: 52 bits, as many as Telegram's own have."""
    made = hashlib.blake2b(digest(visitor.secret), digest_size=8, person=b"simulated chat")
    return int.from_bytes(made.digest()) >> 12 or 1


@router.get(PATH)
async def chat(request: Request, app: App, _: Demo) -> Response:
    """The chat as it stands; a visitor whose chat is gone is shown the survey they are in."""
    here = await _sit(request, app)
    guest = here.guest
    pane = here.desk.chats.look(guest.user)
    if pane is None and here.visitor.session is not None and here.desk.bot is not None:
        await here.desk.bot.come_back(guest)
        pane = here.desk.chats.look(guest.user)
    tag = _tag(here, pane)
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=_NOT_MODIFIED, headers={"ETag": tag})
    page = await _page(here, pane)
    page.headers["ETag"] = tag
    return page


@router.post(PATH, max_body_size=DRAINED)
async def post(request: Request, app: App, _: Demo) -> Response:
    """A text, a file, a command, a tap, another language, or the wish to join or to start over."""
    if is_multipart(request):
        return await _receive(await _sit(request, app))
    form = await forms.read_body(request)
    request.state.typed = tuple(text for text in (_text(form),) if text)
    here = await _sit(request, app)
    if not here.visitor.returning:
        return _no_cookie(here)
    token, origins = here.visitor.csrf, here.web.origins
    if not post_is_ours(request.headers, str(form.get("csrf") or ""), token=token, origins=origins):
        return trouble_page(request, Trouble.FOREIGN)
    request.app.state.limits.link(PATH)
    match form.get("action"):
        case "speak":
            return await _speak(here, str(form.get("language") or ""))
        case "forget":
            return await _forget(here)
        case "join":
            return await _join(here)
        case "company":
            return await _company(here, str(form.get("survey") or ""))
    return await _send(here, form)


def _no_cookie(here: Sitting) -> Response:
    trouble = Trouble.EXPIRED if here.visitor.expired else Trouble.NO_COOKIE
    return trouble_page(here.request, trouble)


async def _receive(here: Sitting) -> Response:
    """A photo or a document, given to the bot as Telegram would."""
    request, gettext = here.request, translations(here.language).gettext
    limits: Limits = request.app.state.limits
    if not here.visitor.returning or not comes_from_us(request.headers, origins=here.web.origins):
        await drain(request)
        foreign = here.visitor.returning
        return trouble_page(request, Trouble.FOREIGN) if foreign else _no_cookie(here)
    async with read_parts_of_anybody(request, limits, limit=FILE_BYTES, most_files=1) as parts:
        caption = _text(parts.fields, "caption")
        request.state.typed = (caption,) if caption else ()
        token, origins = here.visitor.csrf, here.web.origins
        posted = str(parts.fields.get("csrf") or "")
        if not post_is_ours(request.headers, posted, token=token, origins=origins):
            return trouble_page(request, Trouble.FOREIGN)
        limits.link(PATH)
        error = "" if parts.files else gettext("Choose a file")
        if utf16_length(caption) > MOST_CAPTION:
            limit = number_in_words(str(MOST_CAPTION), here.language)
            error = gettext("The text with a file must be %(limit)s characters or fewer")
            error %= {"limit": limit}
        if error:
            refused = {"error": error, "at": _FILE, "typed": caption}
            return await _page(here, _pane(here), **refused)
        bot = await here.desk.started()
        here = replace(here, visitor=await here.web.visitors.keep(here.visitor))
        (file,) = parts.files
        await bot.send(here.guest, file.name, file.content.read(), caption)
    return _moved(here)


async def _send(here: Sitting, form: FormData) -> Response:
    """A tap, a command or what was typed, given to the bot."""
    gettext = translations(here.language).gettext
    pressed = _PRESS.fullmatch(str(form.get("press") or ""))
    text = str(form.get("command") or "") or _text(form)
    if not pressed and not text:
        return await _page(here, _pane(here), error=gettext("Type a message, or choose a button"))
    if utf16_length(text) > MOST_TEXT:
        limit = number_in_words(str(MOST_TEXT), here.language)
        error = gettext("Your message must be %(limit)s characters or fewer") % {"limit": limit}
        return await _page(here, _pane(here), error=error, typed=text)
    bot = await here.desk.started()
    here = replace(here, visitor=await here.web.visitors.keep(here.visitor))
    if pressed and len(pressed[2].encode()) <= MOST_BYTES:
        await bot.press(here.guest, int(pressed[1]), pressed[2])
    elif not pressed:
        await bot.say(here.guest, text)
    return _moved(here)


async def _speak(here: Sitting, language: str) -> Response:
    if language in SPOKEN:
        visitor = await here.web.visitors.keep(here.visitor, language=language)
        here = replace(here, visitor=visitor)
    return _moved(here, here.at(beside=here.beside, language=None))


async def _forget(here: Sitting) -> Response:
    """Nothing that was answered here, in chat or on the web, can be reached from this browser."""
    bot = await here.desk.started()
    await bot.forget(here.guest)
    await here.app.conversations.forget(owner_of(here.visitor))
    visitor = await here.web.visitors.forget(here.visitor)
    return _moved(replace(here, visitor=visitor))


async def _join(here: Sitting) -> Response:
    """Become one of the invented people, as by a personal link; the bot asks first."""
    bot = await here.desk.started()
    here = replace(here, visitor=await here.web.visitors.keep(here.visitor))
    try:
        payload = await link_to_join(here.app, SystemRandom())
    except NotFound:
        gettext = translations(here.language).gettext
        told = gettext(
            "Each invented headteacher is in a chat already. “Start over” there lets one go."
        )
        here.desk.chats.toast(here.guest.user, told)
    else:
        await bot.say(here.guest, f"/start {payload}")
    return _moved(here)


async def _company(here: Sitting, questionnaire: str) -> Response:
    """Others answer too, so that what the visitor sent is counted and the figures move."""
    if questionnaire not in ANSWERED_TOO:
        raise NotFound("questionnaire")
    others = await answer_too(here.app, questionnaire, SystemRandom())
    here.request.app.state.on_submission()
    told = translations(here.language).ngettext(
        "%(number)d invented person has answered too.",
        "%(number)d invented people have answered too.",
        others,
    )
    here.desk.chats.toast(here.guest.user, told % {"number": others})
    return _moved(here)


async def _others(here: Sitting) -> list[tuple[str, str]]:
    """The surveys that others can be asked to answer: key and title."""
    if not here.beside:
        return []
    return [
        (listed.row.key, listed.published.questionnaire.speak(title, here.language))
        for listed in await here.app.catalogue.all()
        if listed.row.key in ANSWERED_TOO
        and listed.row.open_link
        and listed.row.closed_at is None
        and (title := listed.published.questionnaire.title)
    ]


async def _sit(request: Request, app: Application) -> Sitting:
    web: Web = request.app.state.web
    visitor = await web.visitors.meet(request.cookies.get(COOKIE))
    return Sitting(request, app, web, request.app.state.desk, visitor)


def linked(text: str, base: str) -> list[tuple[str, str]]:
    """The text in parts, each with where it leads: only to our own pages, and else nowhere ("").

    Args:
        base: where people reach our pages, without a slash at its end.
    """
    ours = re.compile(rf"({re.escape(base)}/[\w/-]+)")
    parts = (part for part in ours.split(text) if part)
    return [(part, part.removeprefix(base) if ours.fullmatch(part) else "") for part in parts]


def _text(form: FormData, name: str = "text") -> str:
    """As Telegram takes it: without spaces around it, and one kind of line break."""
    return str(form.get(name) or "").replace("\r\n", "\n").strip()


def _pane(here: Sitting) -> Pane | None:
    return here.desk.chats.look(here.guest.user)


async def _page(
    here: Sitting, pane: Pane | None, *, error: str = "", typed: str = "", at: str = _WORDS
) -> Response:
    """The chat; `at` names the form that has the error, and gets back what was typed into it."""
    gettext = translations(here.language).gettext
    username = here.app.settings.bot_username
    page = here.web.pages.render(
        "chat.html",
        visit=here.visit,
        title=gettext("Talk to the bot"),
        pane=pane,
        ready=here.desk.bot is not None,
        commands=menu(Sentences(here.language)),
        first=f"/start {here.payload}".strip(),
        zone=here.app.settings.zone,
        telegram=f"https://t.me/{username}" if username else "",
        trends=with_query(TRENDS, language=here.language),
        beside=here.beside,
        other=here.at(beside=not here.beside, language=here.asked),
        figures=here.request.app.state.figures.publication.rounds,
        others=await _others(here),
        # What a campaign sends to chats leaves by the real bot where there is one.
        joins=here.app.settings.bot is None,
        linked=partial(linked, base=here.app.settings.base_url),
        error=error,
        focus=at,
        at=at,
        typed=typed,
    )
    response = HTMLResponse(page, _REFUSED if error else 200)
    if here.beside:
        response.headers.update(framing(frames=True))
    return _with_cookie(here, response)


def _tag(here: Sitting, pane: Pane | None) -> str:
    """Changes whenever the page does."""
    rounds = here.request.app.state.figures.publication.rounds
    parts = (
        *(here.desk.run, here.desk.bot is not None, pane.version if pane else -1, rounds),
        *(here.visitor.csrf, here.language, here.beside, here.payload),
    )
    return f'"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"'


def _moved(here: Sitting, address: str | None = None) -> Response:
    """On to the message at the bottom."""
    pane = _pane(here)
    newest = f"#said-{next(reversed(pane.said))}" if pane and pane.said else ""
    there = f"{address or here.address}{newest}"
    return _with_cookie(here, RedirectResponse(there, _SEE_OTHER))


def _with_cookie(here: Sitting, response: Response) -> Response:
    set_cookie(response, here.visitor, secure=here.app.settings.secure_cookies)
    return response
