"""/privacy and /accessibility: what is kept and for how long, what was tested and what was not.

Periods and sizes come from where the program itself takes them, so that the pages cannot say
something else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse, Response

from api.access import Access, App, Caller, Rule
from api.web.errors import visit_of
from api.web.sessions import COOKIE, LIFETIME
from api.web.visits import Web
from survey.domain.retention import INBOX_DAYS, MONTH_DAYS, RECEIPT_DAYS
from survey.locales import translations
from survey.services.boxes import DRAFT_MONTHS
from survey.settings import Settings

router = APIRouter(include_in_schema=False)

Anybody = Annotated[Caller, Depends(Access(Rule.ANYBODY))]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with paragraphs, and a list where there is one."""

    title: str
    paragraphs: tuple[str, ...]
    listed: tuple[str, ...] = ()


@router.get("/privacy")
async def privacy(request: Request, app: App, _: Anybody) -> Response:
    """What is kept of whom, for how long, and who sees it."""
    gettext = _words(request)
    sections = privacy_sections(app.settings, gettext)
    return _page(request, gettext("Privacy and cookies"), sections)


@router.get("/accessibility")
async def accessibility(request: Request, app: App, _: Anybody) -> Response:
    """What was tested, what was not, and whom to tell."""
    gettext = _words(request)
    sections = accessibility_sections(app.settings, gettext)
    return _page(request, gettext("Accessibility"), sections)


def privacy_sections(settings: Settings, _: Callable[[str], str]) -> tuple[Section, ...]:
    """What holds for every survey of the installation; each survey's notice says the rest."""
    kept_months = round(RECEIPT_DAYS / MONTH_DAYS)
    return (
        Section(
            _("Who asks"),
            (
                _("%(body)s asks, and decides what happens with the answers.")
                % {"body": settings.organisation},
                _(
                    "The first page of each survey says why it asks, "
                    "and how private the answers are."
                ),
            ),
        ),
        Section(
            _("What happens to your answers"),
            (_("Each survey is one of three kinds."),),
            (
                _(
                    "Confidential: your answers wait, sealed, until at least %(floor)d people have "
                    "answered, or the month or the survey ends. Then all are mixed and counted. "
                    "What is kept of each holds a month, a school, department or team, and what "
                    "you chose to say about yourself, but no name, no day and no way back to you."
                )
                % {"floor": settings.floor},
                _(
                    "Anonymous: the same, and the school, department or team is kept only where "
                    "at least %(floor)d people of it answered."
                )
                % {"floor": settings.floor},
                _(
                    "On behalf of a school, department or team: the answers are kept together "
                    "with its name."
                ),
            ),
        ),
        Section(
            _("What others see"),
            (
                _(
                    "Figures only, and only of at least %(floor)d people. "
                    "Smaller groups are not shown."
                )
                % {"floor": settings.floor},
                _(
                    "What you write in your own words can name people. "
                    "Please leave names out: whoever reads the comments sees what you wrote."
                ),
            ),
        ),
        Section(
            _("How long we keep it"),
            (),
            (
                _(
                    "Answers that you have not sent are encrypted. Their key is destroyed after "
                    "%(months)d months at the latest, and then nobody can read them. "
                    "You can throw them away at any time before you send them."
                )
                % {"months": DRAFT_MONTHS + 1},
                _("Answers that you have sent, and receipts: %(months)d months.")
                % {"months": kept_months},
                _("Counts of the answers, and published figures: for good."),
                _(
                    "A receipt proves that an answer was accepted and leads to no answer. "
                    "So we cannot find or delete a confidential answer once it is sent."
                ),
            ),
        ),
        Section(
            _("Cookies"),
            (
                _(
                    "One cookie, “%(name)s”, so that you can leave a survey and come back. It is a "
                    "random number and works for %(days)d days after you last answered. "
                    "We use no others, measure no visits and load nothing from elsewhere."
                )
                % {"name": COOKIE, "days": LIFETIME.days},
            ),
        ),
        Section(
            _("If you answer in Telegram"),
            (
                _(
                    "Telegram can see the chat and keeps it by its own rules. If you do not want "
                    "that, answer on the web. We empty each message from our own inbox once it is "
                    "dealt with; its number alone stays, for %(days)d days."
                )
                % {"days": INBOX_DAYS},
            ),
        ),
        Section(
            _("Your rights"),
            (
                _("To ask what is kept about you, or to complain, turn to %(body)s.")
                % {"body": settings.organisation},
            ),
        ),
    )


def accessibility_sections(settings: Settings, _: Callable[[str], str]) -> tuple[Section, ...]:
    """The statement, as true as its tests: `tests/system/test_web*.py` and `tests/api/web`."""
    return (
        Section(
            _("How accessible these pages are"),
            (
                _(
                    "We aim at level AA of the Web Content Accessibility Guidelines 2.2. "
                    "We do not claim to have reached it: much of it only people can judge."
                ),
            ),
        ),
        Section(
            _("What was tested"),
            (_("By programs, at each change of the service, in Chromium:"),),
            (
                _("the rules of axe for levels A and AA on each kind of page: no faults found"),
                _("a screen of 320 pixels without scrolling sideways"),
                _("a whole survey by keyboard alone"),
                _("a whole survey without JavaScript"),
            ),
        ),
        Section(
            _("What was not tested"),
            (),
            (
                _("with a screen reader, by people who use one"),
                _("with voice control or a magnifier"),
                _("in browsers other than Chromium"),
            ),
        ),
        Section(
            _("If something does not work for you"),
            (
                _(
                    "Tell %(body)s which page it was and what happened. "
                    "You can ask to answer in another way."
                )
                % {"body": settings.organisation},
            ),
        ),
    )


def _words(request: Request) -> Callable[[str], str]:
    return translations(visit_of(request).language).gettext


def _page(request: Request, title: str, sections: tuple[Section, ...]) -> Response:
    web: Web = request.app.state.web
    visit = visit_of(request)
    return HTMLResponse(web.pages.render("legal.html", visit=visit, title=title, sections=sections))
