"""Single sign-on by OpenID Connect: where to send a browser, and who comes back from there.

The authorization code flow with PKCE, state and nonce. The identity token counts only when it is
signed by a key of the provider, made for us, by it, for this very errand, and not over.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, Final

import httpx2 as httpx
from authlib.integrations.httpx_client import AsyncOAuth2Client, OAuthError
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from survey.errors import FeedbackError
from survey.services.keyed import Sealing
from survey.settings import Settings
from survey.wiring import derived_keys

CALLBACK: Final = "/staff/sso/callback"
ERRAND_LASTS: Final = timedelta(minutes=10)

_TIMEOUT: Final = 5.0
"""Seconds for each question to the provider, from connecting to the last byte."""

_KEPT: Final = 3_600.0
"""Seconds for which what the provider tells of itself is believed."""

_LEEWAY: Final = 120
"""Seconds by which the provider's clock may differ from ours."""

_ALGORITHMS: Final = (
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
)  # fmt: skip
"""Signatures by a key pair; whatever the provider says, none without one."""

_FACTORS: Final[tuple[frozenset[str], ...]] = (
    frozenset({"pwd", "pin", "kba"}),
    frozenset({"otp", "hwk", "swk", "sc", "sms", "tel", "pop"}),
    frozenset({"face", "fpt", "iris", "retina", "vbm"}),
)
"""What one knows, has and is, in the words of RFC 8176."""

_STRONG: Final = frozenset(
    {
        "https://refeds.org/profile/mfa",
        "http://schemas.openid.net/pape/policies/2007/06/multi-factor",
        "http://schemas.microsoft.com/claims/multipleauthn",
    }
)
"""Classes of authentication that take two factors."""


class ProviderSilent(FeedbackError):
    """The provider did not answer, or with what nobody can read; trying again can help."""

    code = "provider_silent"


class NotProven(FeedbackError):
    """The browser brought back nothing that proves who it is; starting again can help."""

    code = "not_proven"


@dataclass(frozen=True, slots=True)
class Errand:
    """What a browser is sent to the provider with, and must bring back; it holds for one sign-in.

    `state`, `nonce` and `verifier` are random; `next` is where it wanted to go.
    """

    state: str
    nonce: str
    verifier: str
    next: str


@dataclass(frozen=True, slots=True)
class Proven:
    """Who came back, as the provider says."""

    issuer: str
    subject: str
    email: str
    email_verified: bool
    second_factor: bool


class Errands:
    """Errands as the text of a cookie: nobody else can read or make one, and each ends soon."""

    def __init__(self, settings: Settings) -> None:
        self._sealing = Sealing(derived_keys(settings, b"single sign-on"))

    def seal(self, errand: Errand, *, at: datetime) -> str:
        told = json.dumps({**asdict(errand), "at": at.timestamp()}).encode()
        return self._sealing.seal(told).hex()

    def open(self, sealed: str, *, now: datetime) -> Errand:
        """Raises: NotProven, where it is none of ours or over."""
        try:
            opened, _ = self._sealing.open(bytes.fromhex(sealed))
        except (KeyError, ValueError):
            raise NotProven("errand") from None
        told = json.loads(opened)
        if not 0 <= now.timestamp() - told.pop("at") <= ERRAND_LASTS.total_seconds():
            raise NotProven("errand is over")
        return Errand(**told)


@dataclass(frozen=True, slots=True)
class _About:
    """What the provider tells of itself, and when (seconds of `elapsed`) it was asked."""

    said: Mapping[str, Any]
    at: float


class Provider:
    """The identity provider that the settings name; asked only when somebody signs in by it.

    Args:
        elapsed: seconds since some moment, which never goes back.
    """

    def __init__(self, settings: Settings, *, elapsed: Callable[[], float] = monotonic) -> None:
        self._settings, self._elapsed = settings, elapsed
        self._issuer = settings.oidc_issuer.rstrip("/")
        self._about: _About | None = None
        self._keys: KeySet | None = None

    async def address(self, errand: Errand) -> str:
        """Where to send the browser. Raises: ProviderSilent."""
        about = await self._metadata()
        async with self._client(about) as client:
            address, _ = client.create_authorization_url(
                about["authorization_endpoint"],
                state=errand.state,
                nonce=errand.nonce,
                code_verifier=errand.verifier,
            )
        return str(address)

    async def proven(self, code: str, errand: Errand) -> Proven:
        """Who brought this code back from that errand.

        Raises: NotProven; ProviderSilent.
        """
        about = await self._metadata()
        async with self._client(about) as client:
            token = await _asked(
                client.fetch_token(
                    about["token_endpoint"], code=code, code_verifier=errand.verifier
                )
            )
            claims = await self._claims(client, token, errand, about)
            if "email" not in claims and "userinfo_endpoint" in about:
                claims = {**await _more(client, about, claims["sub"]), **claims}
        return Proven(
            issuer=self._issuer,
            subject=claims["sub"],
            email=str(claims.get("email") or ""),
            email_verified=claims.get("email_verified") is True,
            second_factor=two_factors(claims),
        )

    async def _claims(
        self,
        client: AsyncOAuth2Client,
        token: Mapping[str, Any],
        errand: Errand,
        about: Mapping[str, Any],
    ) -> Mapping[str, Any]:
        """What the identity token says, once it is proven. Raises: NotProven, ProviderSilent."""
        registry = JWSRegistry(algorithms=list(_ALGORITHMS), strict_check_header=False)
        identity = str(token.get("id_token") or "")
        keys = self._keys or await self._fetch_keys(client, about)
        try:
            try:
                decoded = jwt.decode(identity, keys, registry=registry)
            except InvalidKeyIdError:  # the provider changed its keys since
                keys = await self._fetch_keys(client, about)
                decoded = jwt.decode(identity, keys, registry=registry)
            claims = CodeIDToken(
                decoded.claims,
                decoded.header,
                options={
                    "iss": {"essential": True, "value": about["issuer"]},
                    "aud": {"essential": True, "value": self._settings.oidc_client_id},
                    "sub": {"essential": True},
                },
                params={
                    "nonce": errand.nonce,
                    "client_id": self._settings.oidc_client_id,
                    "access_token": token.get("access_token"),
                },
            )
            claims.validate(leeway=_LEEWAY)
        except (JoseError, ValueError, TypeError) as error:
            raise NotProven("identity token") from error
        return dict(claims)

    async def _metadata(self) -> Mapping[str, Any]:
        """Raises: ProviderSilent, also where another provider answers than was asked."""
        if self._about is None or self._elapsed() - self._about.at > _KEPT:
            async with self._client({}) as client:
                said = await _json(client, f"{self._issuer}/.well-known/openid-configuration")
            told = str(said.get("issuer", "")).rstrip("/") == self._issuer
            if not told or not {"authorization_endpoint", "token_endpoint", "jwks_uri"} <= set(
                said
            ):
                raise ProviderSilent("metadata")
            self._about, self._keys = _About(said, self._elapsed()), None
        return self._about.said

    async def _fetch_keys(self, client: AsyncOAuth2Client, about: Mapping[str, Any]) -> KeySet:
        said = await _json(client, about["jwks_uri"])
        try:
            self._keys = KeySet.import_key_set(said)  # type: ignore[arg-type]  # it checks
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise ProviderSilent("keys") from error
        return self._keys

    def _client(self, about: Mapping[str, Any]) -> AsyncOAuth2Client:
        ways = about.get("token_endpoint_auth_methods_supported", ("client_secret_basic",))
        way = "client_secret_basic" if "client_secret_basic" in ways else "client_secret_post"
        return AsyncOAuth2Client(
            self._settings.oidc_client_id,
            self._settings.oidc_client_secret.get_secret_value(),
            token_endpoint_auth_method=way,
            scope="openid email profile",
            redirect_uri=self._settings.base_url + CALLBACK,
            code_challenge_method="S256",
            timeout=_TIMEOUT,
        )


def two_factors(claims: Mapping[str, Any]) -> bool:
    """Whether the provider asked for two kinds of proof, by the claims `amr` and `acr`."""
    ways = claims.get("amr")
    used = {way for way in ways if isinstance(way, str)} if isinstance(ways, list) else set()
    kinds = sum(bool(used & factor) for factor in _FACTORS)
    return "mfa" in used or kinds > 1 or str(claims.get("acr")) in _STRONG


async def _more(
    client: AsyncOAuth2Client, about: Mapping[str, Any], subject: str
) -> Mapping[str, Any]:
    """What some providers tell apart from the token. Raises: NotProven, ProviderSilent."""
    said = await _json(client, about["userinfo_endpoint"], withhold_token=False)
    if said.get("sub") != subject:
        raise NotProven("user information")
    return said


async def _json(
    client: AsyncOAuth2Client, address: str, *, withhold_token: bool = True
) -> Mapping[str, Any]:
    """Raises: ProviderSilent."""
    async with _in_time():
        answer = await client.request("GET", address, withhold_token=withhold_token)
        answer.raise_for_status()
        said = answer.json()
    if not isinstance(said, dict):
        raise ProviderSilent(address)
    return said


async def _asked(question: Any) -> Mapping[str, Any]:
    """The tokens for a code. Raises: NotProven, where it is refused; ProviderSilent."""
    try:
        async with _in_time():
            token: Mapping[str, Any] = await question
    except OAuthError as error:
        raise NotProven("code") from error
    return token


@asynccontextmanager
async def _in_time() -> AsyncIterator[None]:
    """Raises: ProviderSilent, where the provider is away, slow or unreadable."""
    try:
        async with asyncio.timeout(_TIMEOUT):
            yield
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError) as error:
        raise ProviderSilent(type(error).__name__) from error
