"""Single sign-on against a real provider: who is believed, and what is turned down."""

import asyncio
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from pydantic import SecretStr
from starlette.responses import JSONResponse, Response, StreamingResponse

from api.staff.openid import (
    ERRAND_LASTS,
    Errand,
    Errands,
    NotProven,
    Proven,
    Provider,
    ProviderSilent,
    two_factors,
)
from survey.settings import Settings
from tests.support.application import NOON, SECRET
from tests.support.provider import OpenIdProvider
from tests.support.server import serving

ERRAND = Errand("a-state", "a-nonce", "v" * 64, "/staff/people")
SUBJECT = "ada"


def settings(issuer: str, **changes: object) -> Settings:
    named = {
        "oidc_issuer": issuer,
        "oidc_client_id": "tellback",
        "oidc_client_secret": SecretStr("kept"),
        "secret_key": SecretStr(SECRET),
    }
    return Settings(**{**named, **changes})  # type: ignore[arg-type]


async def proven(provider: OpenIdProvider, errand: Errand = ERRAND, **claims: Any) -> Proven:
    """Who Ada is after a sign-in, where the provider says this of her."""
    provider.knows(SUBJECT, **claims)
    client = Provider(settings(provider.issuer))
    address = await client.address(ERRAND)
    return await client.proven(provider.code(address, SUBJECT), errand)


async def test_the_browser_is_sent_with_state_nonce_and_a_challenge(
    openid_provider: OpenIdProvider,
) -> None:
    address = await Provider(settings(openid_provider.issuer)).address(ERRAND)

    asked = {name: value for name, [value] in parse_qs(urlsplit(address).query).items()}
    assert asked["state"] == ERRAND.state
    assert asked["nonce"] == ERRAND.nonce
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert ERRAND.verifier not in address
    assert asked["redirect_uri"] == "http://127.0.0.1:8000/staff/sso/callback"
    assert set(asked["scope"].split()) == {"openid", "email", "profile"}


async def test_who_comes_back_is_who_the_provider_says(openid_provider: OpenIdProvider) -> None:
    who = await proven(openid_provider, email="ada@barnet.example", email_verified=True)

    assert who == Proven(
        openid_provider.issuer, SUBJECT, "ada@barnet.example", True, second_factor=False
    )


async def test_an_address_that_the_provider_has_not_verified_is_told_apart(
    openid_provider: OpenIdProvider,
) -> None:
    assert not (await proven(openid_provider, email="ada@barnet.example")).email_verified
    said_as_text = await proven(openid_provider, email="a@b.example", email_verified="true")
    assert not said_as_text.email_verified


async def test_two_factors_at_the_provider_are_seen(openid_provider: OpenIdProvider) -> None:
    assert (await proven(openid_provider, amr=["pwd", "otp"])).second_factor


@pytest.mark.parametrize(
    ("claims", "two"),
    [
        ({}, False),
        ({"amr": ["pwd"]}, False),
        ({"amr": ["pwd", "kba"]}, False),
        ({"amr": "mfa"}, False),
        ({"amr": [["mfa"]]}, False),
        ({"acr": "1"}, False),
        ({"acr": ["https://refeds.org/profile/mfa"]}, False),
        ({"amr": ["mfa"]}, True),
        ({"amr": ["pwd", "hwk"]}, True),
        ({"amr": ["fpt", "swk"]}, True),
        ({"acr": "https://refeds.org/profile/mfa"}, True),
    ],
)
def test_two_factors_are_two_kinds_of_proof(claims: dict[str, object], two: bool) -> None:
    assert two_factors(claims) is two


@pytest.mark.parametrize(
    "lie",
    [
        {"nonce": "of another errand"},
        {"iss": "https://elsewhere.example"},
        {"aud": "another-client"},
        {"aud": ["tellback", "another-client"], "azp": "another-client"},
        {"exp": int(time.time()) - 3600},
        {"at_hash": "of-another-token"},
        {"iat": "yesterday"},
    ],
    ids=lambda lie: next(iter(lie)),
)
async def test_a_token_that_was_not_made_for_this_errand_is_not_believed(
    lie: dict[str, Any], openid_provider: OpenIdProvider
) -> None:
    with pytest.raises(NotProven):
        await proven(openid_provider, **lie)


async def test_a_code_of_another_errand_is_not_believed(openid_provider: OpenIdProvider) -> None:
    with pytest.raises(NotProven):
        await proven(openid_provider, replace(ERRAND, nonce="another"))


async def test_a_code_works_once(openid_provider: OpenIdProvider) -> None:
    client = Provider(settings(openid_provider.issuer))
    code = openid_provider.code(await client.address(ERRAND), SUBJECT)
    openid_provider.knows(SUBJECT)
    await client.proven(code, ERRAND)

    with pytest.raises(NotProven):
        await client.proven(code, ERRAND)


# --- a provider that does not keep to the rules ---


@dataclass(slots=True)
class Liar:
    """A provider that says whatever a test wants; `said` is by path, `asked` what it was asked."""

    issuer: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1"}))
    said: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path = scope["path"]
        self.asked.append(path)
        said = self.said.get(path)
        response = said if isinstance(said, Response) else JSONResponse(said)
        await response(scope, receive, send)

    def claims(self, **others: Any) -> dict[str, Any]:
        now = int(time.time())
        honest = {
            "iss": self.issuer,
            "aud": "tellback",
            "sub": SUBJECT,
            "nonce": ERRAND.nonce,
            "iat": now,
            "exp": now + 60,
        }
        return {**honest, **others}

    def gives(self, identity: str) -> None:
        """Give out this identity token."""
        self.said["/token"] = {"access_token": "a", "token_type": "Bearer", "id_token": identity}

    def signed(self, key: RSAKey, **claims: Any) -> str:
        return jwt.encode({"alg": "RS256", "kid": key.kid}, self.claims(**claims), key)


@pytest.fixture
async def liar() -> AsyncIterator[Liar]:
    liar = Liar()
    async with serving(liar) as address:
        liar.issuer = address
        liar.said["/.well-known/openid-configuration"] = {
            "issuer": address,
            "authorization_endpoint": f"{address}/authorize",
            "token_endpoint": f"{address}/token",
            "jwks_uri": f"{address}/jwks",
            "userinfo_endpoint": f"{address}/userinfo",
            "id_token_signing_alg_values_supported": ["none", "HS256", "RS256"],
        }
        liar.said["/jwks"] = {"keys": [liar.key.as_dict(private=False)]}
        liar.said["/userinfo"] = {"sub": SUBJECT}
        yield liar


async def test_a_token_signed_by_the_key_of_the_provider_is_believed(liar: Liar) -> None:
    liar.gives(liar.signed(liar.key, email="ada@barnet.example"))

    assert (await Provider(settings(liar.issuer)).proven("c", ERRAND)).subject == SUBJECT
    assert "/userinfo" not in liar.asked


async def test_a_signature_by_another_key_is_not_believed(liar: Liar) -> None:
    liar.gives(liar.signed(RSAKey.generate_key(2048, {"kid": "1"})))

    with pytest.raises(NotProven):
        await Provider(settings(liar.issuer)).proven("c", ERRAND)


async def test_a_token_without_a_signature_is_not_believed_even_where_the_provider_offers_it(
    liar: Liar,
) -> None:
    def part(told: dict[str, Any]) -> str:
        return urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")

    liar.gives(f"{part({'alg': 'none'})}.{part(liar.claims())}.")

    with pytest.raises(NotProven):
        await Provider(settings(liar.issuer)).proven("c", ERRAND)


async def test_a_signature_by_the_shared_secret_is_not_believed(liar: Liar) -> None:
    secret = OctKey.import_key("kept" * 8)
    liar.gives(jwt.encode({"alg": "HS256"}, liar.claims(), secret))

    with pytest.raises(NotProven):
        await Provider(settings(liar.issuer)).proven("c", ERRAND)


@pytest.mark.parametrize("missing", ["iss", "aud", "sub", "nonce", "exp", "iat"])
async def test_a_token_that_leaves_out_what_proves_it_is_not_believed(
    missing: str, liar: Liar
) -> None:
    claims = liar.claims()
    del claims[missing]
    liar.gives(jwt.encode({"alg": "RS256", "kid": "1"}, claims, liar.key))

    with pytest.raises(NotProven):
        await Provider(settings(liar.issuer)).proven("c", ERRAND)


async def test_a_new_key_of_the_provider_is_fetched_when_it_is_first_used(liar: Liar) -> None:
    client = Provider(settings(liar.issuer))
    liar.gives(liar.signed(liar.key))
    await client.proven("c", ERRAND)
    key = RSAKey.generate_key(2048, {"kid": "2"})
    liar.said["/jwks"] = {"keys": [key.as_dict(private=False)]}
    liar.gives(liar.signed(key))

    await client.proven("c", ERRAND)

    assert liar.asked.count("/jwks") == 2
    assert liar.asked.count("/.well-known/openid-configuration") == 1


async def test_an_address_that_is_told_apart_from_the_token_is_asked_for(liar: Liar) -> None:
    liar.gives(liar.signed(liar.key))
    liar.said["/userinfo"] = {"sub": SUBJECT, "email": "ada@b.example", "email_verified": True}

    who = await Provider(settings(liar.issuer)).proven("c", ERRAND)

    assert (who.email, who.email_verified) == ("ada@b.example", True)


async def test_what_is_told_of_somebody_else_is_not_believed(liar: Liar) -> None:
    liar.gives(liar.signed(liar.key))
    liar.said["/userinfo"] = {"sub": "eve", "email": "ada@b.example", "email_verified": True}

    with pytest.raises(NotProven):
        await Provider(settings(liar.issuer)).proven("c", ERRAND)


@pytest.mark.parametrize(
    "said",
    [
        Response("Bad gateway", 502),
        Response("<html>", 200),
        ["a list"],
        {"issuer": "https://elsewhere.example"},
        {},
    ],
    ids=["502", "a page", "a list", "another issuer", "nothing"],
)
async def test_a_provider_that_answers_nonsense_counts_as_silent(said: Any, liar: Liar) -> None:
    client = Provider(settings(liar.issuer))
    honest = liar.said["/.well-known/openid-configuration"]
    liar.said["/.well-known/openid-configuration"] = said
    with pytest.raises(ProviderSilent):
        await client.address(ERRAND)

    liar.said["/.well-known/openid-configuration"] = honest

    assert (await client.address(ERRAND)).startswith(f"{liar.issuer}/authorize?")


async def test_keys_that_cannot_be_read_count_as_silence(liar: Liar) -> None:
    liar.gives(liar.signed(liar.key))
    liar.said["/jwks"] = {"keys": [{"kty": "none of this"}]}

    with pytest.raises(ProviderSilent):
        await Provider(settings(liar.issuer)).proven("c", ERRAND)


async def test_a_provider_that_is_away_is_said_to_be() -> None:
    async with serving(Liar()) as away:
        pass

    with pytest.raises(ProviderSilent):
        await Provider(settings(away)).address(ERRAND)


async def test_a_provider_that_never_answers_is_given_up(
    liar: Liar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.staff.openid._TIMEOUT", 0.05)
    liar.said["/.well-known/openid-configuration"] = StreamingResponse(never())

    with pytest.raises(ProviderSilent):
        await Provider(settings(liar.issuer)).address(ERRAND)


async def never() -> AsyncIterator[bytes]:
    yield b"{"
    await asyncio.Event().wait()


# --- errands as a cookie ---


def test_an_errand_comes_back_as_it_went() -> None:
    errands = Errands(settings("https://idp.example"))

    sealed = errands.seal(ERRAND, at=NOON)

    assert errands.open(sealed, now=NOON + ERRAND_LASTS) == ERRAND
    assert ERRAND.verifier not in bytes.fromhex(sealed).decode("latin-1")


def test_an_errand_that_is_over_changed_or_of_another_house_does_not_count() -> None:
    errands = Errands(settings("https://idp.example"))
    sealed = errands.seal(ERRAND, at=NOON)
    other = Errands(settings("https://idp.example", secret_key=SecretStr("another" * 4)))
    changed = sealed[:-2] + ("00" if sealed[-2:] != "00" else "01")

    for keeper, cookie, after in (
        (errands, sealed, ERRAND_LASTS + timedelta(seconds=1)),
        (errands, changed, timedelta()),
        (errands, "", timedelta()),
        (errands, "no hex", timedelta()),
        (other, sealed, timedelta()),
    ):
        with pytest.raises(NotProven):
            keeper.open(cookie, now=NOON + after)


def test_an_errand_sealed_under_the_secret_before_still_counts() -> None:
    sealed = Errands(settings("https://idp.example")).seal(ERRAND, at=NOON)
    rotated = settings(
        "https://idp.example",
        secret_key=SecretStr("another" * 4),
        secret_key_previous=SecretStr(SECRET),
    )

    assert Errands(rotated).open(sealed, now=NOON) == ERRAND
