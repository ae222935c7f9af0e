"""/privacy, /cookies, /accessibility, and the privacy notice of each survey.

Periods and sizes come from where the program itself takes them, so that the pages cannot say
something else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse, Response

from api.access import Access, App, Caller, Rule
from api.cookies import Cookie, name_of
from api.staff.openid import ERRAND_LASTS
from api.web.errors import visit_of
from api.web.reports import meet_for
from api.web.sessions import COOKIE, LIFETIME
from api.web.visits import ANSWERING, PROBLEM, Web, running
from survey import promises, report_notice, report_words
from survey.domain.retention import (
    DRAFT_DAYS,
    ENDED_ACCOUNT_DAYS,
    INBOX_DAYS,
    LEFT_DAYS,
    LETTER_DAYS,
    RECEIPT_DAYS,
    whole_months,
)
from survey.locales import translations
from survey.services.catalogue import Published
from survey.services.staff_sessions import IDLE, LONGEST
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
    return _page(request, gettext("Privacy"), sections)


@router.get("/cookies")
async def cookies(request: Request, app: App, _: Anybody) -> Response:
    """Which cookies there are, what for, and for how long."""
    gettext = _words(request)
    return _page(request, gettext("Cookies"), cookie_sections(app.settings, gettext))


@router.get("/s/{key}/privacy")
@router.get(f"{PROBLEM}/privacy")
@router.get(f"{ANSWERING}/{{conversation:uuid}}/privacy")
async def notice(request: Request, app: App, _: Anybody) -> Response:
    """The privacy notice of the version that this visitor answers, else of the newest.

    Raises: NotFound.
    """
    here = await meet_for(request, app)
    shown = running(await here.current())
    return notice_page(request, app, shown.published if shown else here.published)


def notice_page(request: Request, app: App, published: Published) -> Response:
    """The whole privacy notice of what is asked."""
    form, questionnaire = published.form, published.questionnaire
    visit = visit_of(request)
    gettext = translations(visit.language).gettext
    asked = visit.language if visit.language in questionnaire.languages else None
    language = asked or questionnaire.default_language
    words = {"organisation": app.settings.organisation}
    purpose = form.purpose[language].render(words)
    if questionnaire.becomes_case:
        parts = report_notice.notice(gettext, body=app.settings.organisation, purpose=purpose)
    else:
        parts = promises.notice(
            gettext,
            questionnaire.privacy,
            floor=published.version.floor,
            body=app.settings.organisation,
            asked_by=form.asked_by[language].render(words),
            purpose=purpose,
        )
    title = form.title[language].render(words)
    sections = tuple(Section(part.title, part.said) for part in parts)
    return _page(request, gettext("Privacy notice: %(survey)s") % {"survey": title}, sections)


@router.get("/accessibility")
async def accessibility(request: Request, app: App, _: Anybody) -> Response:
    """What was tested, what was not, and whom to tell."""
    gettext = _words(request)
    sections = accessibility_sections(app.settings, gettext)
    return _page(request, gettext("Accessibility"), sections)


def privacy_sections(settings: Settings, _: Callable[[str], str]) -> tuple[Section, ...]:
    """What holds for every survey of the installation; each survey's notice says the rest."""
    kept_months = whole_months(RECEIPT_DAYS)
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
                    "Answers that you have not sent: encrypted, and deleted %(days)d days after "
                    "your last step. You can throw them away at any time before you send them."
                )
                % {"days": DRAFT_DAYS},
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
            _("If you report a problem"),
            (report_words.privacy(_), report_words.kept(_)),
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
            _("If you are on a list of people who may be asked"),
            (
                _(
                    "%(body)s keeps your name, your e-mail address, the schools, departments or "
                    "teams that you stand for, and what else its list says of your work, so that "
                    "the right people are asked. It is deleted %(months)d months after you left. "
                    "Letters that we sent you are deleted after %(days)d days."
                )
                % {
                    "body": settings.organisation,
                    "months": whole_months(LEFT_DAYS),
                    "days": LETTER_DAYS,
                },
                _(
                    "If a letter to you comes back, we keep the address and the day for "
                    "%(months)d months, so that no more is sent there. Whoever looks after the "
                    "list can have it tried again."
                )
                % {"months": whole_months(LEFT_DAYS)},
                _(
                    "If you join with a personal link or code, we keep which chat is yours. "
                    "Your answers are as private as the survey says, joined or not."
                ),
            ),
        ),
        Section(
            _("If you have an account for staff pages"),
            (
                _(
                    "We keep your name, your e-mail address, your roles, and how you sign in; a "
                    "password only as a hash. %(months)d months after your account has ended, all "
                    "of it is deleted."
                )
                % {"months": whole_months(ENDED_ACCOUNT_DAYS)},
                _(
                    "A record says which account changed what, and when. Nobody can change it, and "
                    "it is kept for good. It holds numbers in place of names, and no answers."
                ),
            ),
        ),
        Section(
            _("Your rights"),
            (
                _(
                    "You can ask for a copy of what is kept about you, or to have it erased. "
                    "Whoever was erased stays erased: an older backup or list does not bring them "
                    "back. We keep a code of them for this, from which nobody can tell who it was."
                ),
                _("To ask what is kept about you, or to complain, turn to %(body)s.")
                % {"body": settings.organisation},
            ),
        ),
    )


def cookie_sections(settings: Settings, _: Callable[[str], str]) -> tuple[Section, ...]:
    """Each cookie that the program sets, by the names that it takes them from."""
    return (
        Section(
            _("No cookies without need"),
            (_("We measure no visits and load nothing from elsewhere. These are all cookies."),),
        ),
        Section(
            _("When you answer a survey or report a problem"),
            (
                _(
                    "“%(name)s”, so that you can leave it and come back. It is a random "
                    "number and works for %(days)d days after you last answered."
                )
                % {"name": COOKIE, "days": LIFETIME.days},
            ),
        ),
        Section(
            _("When you sign in to staff pages"),
            (
                _(
                    "“%(name)s”, so that you stay signed in: a random number that works for "
                    "%(hours)d hours at most, and for %(minutes)d minutes after you last did "
                    "something."
                )
                % {
                    "name": name_of(Cookie.STAFF, settings),
                    "hours": LONGEST.total_seconds() // 3600,
                    "minutes": IDLE.total_seconds() // 60,
                },
                _(
                    "“%(name)s”, so that we know the forms before you have signed in for ours. It "
                    "opens nothing, and is gone once you are signed in."
                )
                % {"name": name_of(Cookie.DOOR, settings)},
                _(
                    "“%(name)s”, while you sign in by single sign-on: encrypted, and for "
                    "%(minutes)d minutes at most."
                )
                % {
                    "name": name_of(Cookie.SSO, settings),
                    "minutes": ERRAND_LASTS.total_seconds() // 60,
                },
                _(
                    "“%(name)s”, so that the next page can say what was done. It is gone once it "
                    "was said, and after a minute at the latest."
                )
                % {"name": name_of(Cookie.SAID, settings)},
                _(
                    "“%(name)s”, so that staff pages stay in the language that you chose. It is "
                    "gone when you close the browser."
                )
                % {"name": name_of(Cookie.LANGUAGE, settings)},
            ),
        ),
    )


def accessibility_sections(settings: Settings, _: Callable[[str], str]) -> tuple[Section, ...]:
    """The statement, as true as its tests: those of pages in `tests/system` and `tests/api`."""
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
                _("of the pages of staff: the frame, lists and forms by axe and at 320 pixels"),
                _("lists that sort, filter and turn their pages without JavaScript"),
            ),
        ),
        Section(
            _("What was not tested"),
            (),
            (
                _("with a screen reader, by people who use one"),
                _("with voice control or a magnifier"),
                _("in browsers other than Chromium"),
                _("the pages of staff from end to end by keyboard alone"),
                _("charts by people who do not see them: each has a table with the same figures"),
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
