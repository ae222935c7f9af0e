"""/staff/sso: signing in by the organisation's own identity provider."""

from typing import Final

import structlog
from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from api.cookies import Cookie, give, held, take_back
from api.staff.door import SIGN_IN, AtDoor, Door, own_path
from api.staff.openid import ERRAND_LASTS, Errand, Errands, NotProven, Provider, ProviderSilent
from api.web.security import same_token
from survey.domain.language import N_
from survey.errors import NotFound, Unknown
from survey.settings import Settings

PATH: Final = "/staff/sso"

router = APIRouter(include_in_schema=False)

_log = structlog.get_logger()

_SILENT: Final = (
    N_("%(provider)s does not answer"),
    N_("Try again in a few minutes."),
    N_("If you have a password here, you can sign in with that."),
)
_NOT_PROVEN: Final = (
    N_("We could not sign you in by %(provider)s"),
    N_("It took too long, was opened twice, or was broken off."),
    N_("Start again from the sign-in page."),
)
_NO_ACCOUNT: Final = (
    N_("You have no account here"),
    N_("%(provider)s knows you, but nobody has given you access to these pages."),
    N_("Ask an administrator of this service to invite you, by the same e-mail address."),
)


@router.get(PATH)
async def begin(door: AtDoor) -> Response:
    """Send the browser to the provider, with an errand that only it can finish."""
    provider = _provider(door)
    ids, settings = door.app.ids, door.app.settings
    # Two tokens: a verifier has at least 43 characters (RFC 7636).
    errand = Errand(ids.token(), ids.token(), ids.token() + ids.token(), door.next)
    try:
        address = await provider.address(errand)
    except ProviderSilent as error:
        _log.warning("provider_silent", why=str(error))
        return _told(door, _SILENT, status=503)
    response = RedirectResponse(address, 303)
    sealed = Errands(settings).seal(errand, at=door.app.clock.now())
    give(response, Cookie.SSO, sealed, settings, seconds=int(ERRAND_LASTS.total_seconds()))
    return response


@router.get(f"{PATH}/callback")
async def callback(door: AtDoor) -> Response:
    """Whom the provider sent back; whatever comes of it, the errand is over."""
    response = await _came_back(door, _provider(door))
    take_back(response, Cookie.SSO, door.app.settings)
    return response


async def _came_back(door: Door, provider: Provider) -> Response:
    asked, settings = door.request.query_params, door.app.settings
    try:
        kept = held(door.request, Cookie.SSO, settings) or ""
        errand = Errands(settings).open(kept, now=door.app.clock.now())
        if not same_token(errand.state, asked.get("state", "")) or not asked.get("code"):
            raise NotProven("state")
        proven = await provider.proven(asked["code"], errand)
    except NotProven as error:
        _log.info("not_proven", why=str(error))
        return _told(door, _NOT_PROVEN, status=400)
    except ProviderSilent as error:
        _log.warning("provider_silent", why=str(error))
        return _told(door, _SILENT, status=503)
    try:
        begun = await door.app.sign_in.by_sso(
            proven.issuer,
            proven.subject,
            proven.email,
            email_verified=proven.email_verified,
            second_factor=proven.second_factor,
        )
    except Unknown:
        return _told(door, _NO_ACCOUNT, status=403)
    return await door.enter(begun, next_path=own_path(errand.next))


def provider_name(settings: Settings) -> str:
    """What people call the provider."""
    return settings.oidc_name or settings.organisation


def _provider(door: Door) -> Provider:
    """Raises: NotFound, where single sign-on is not set up."""
    found: Provider | None = door.request.app.state.provider
    if found is None:
        raise NotFound("single sign-on")
    return found


def _told(door: Door, words: tuple[str, ...], *, status: int) -> Response:
    named = {"provider": provider_name(door.app.settings)}
    title, *paragraphs = (door.say(sentence) % named for sentence in words)
    return door.page(
        "staff/told.html",
        title,
        paragraphs=paragraphs,
        onward=(door.say(N_("Go to the sign-in page")), SIGN_IN),
        status=status,
    )
