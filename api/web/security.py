"""What protects the pages: headers on each answer, and proof that a post came from our own page.

A page can only be posted from where it was shown: the browser's word for it (Sec-Fetch-Site, else
Origin) and a token that only our page holds must both agree.
"""

import hmac
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.web.environment import STATIC_PATH

CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)

SECURITY_HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

HSTS: Final = "max-age=31536000; includeSubDomains"
NO_STORE: Final = "no-store"
REVALIDATE: Final = "no-cache"
FOR_EVER: Final = "public, max-age=31536000, immutable"


def framing(*, frames: bool = False, framed: bool = False) -> dict[str, str]:
    """The headers of a page that holds one of our pages in a frame, or may stand in one of ours."""
    policy = CONTENT_SECURITY_POLICY
    if frames:
        policy += "; frame-src 'self'"
    if not framed:
        return {"Content-Security-Policy": policy}
    policy = policy.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
    return {"Content-Security-Policy": policy, "X-Frame-Options": "SAMEORIGIN"}


class SecurityHeaders:
    """Middleware that adds what an answer does not set itself.

    A route may loosen a header by setting it. Answers are not stored by browsers and proxies,
    except static files: for good where their address holds a version.

    Args:
        https: whether people reach the service by https (PUBLIC_URL); only then is HSTS sent.
    """

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self._app = app
        headers = {**SECURITY_HEADERS, **({"Strict-Transport-Security": HSTS} if https else {})}
        self._headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = list(message["headers"])
                names = {name for name, _ in own}
                caching = _caching(scope, message["status"])
                message["headers"] = own + [
                    header
                    for header in (*self._headers, (b"cache-control", caching.encode()))
                    if header[0] not in names
                ]
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _caching(scope: Scope, status: int) -> str:
    if not scope["path"].startswith(f"{STATIC_PATH}/") or status not in (200, 304):
        return NO_STORE
    return FOR_EVER if scope["query_string"].startswith(b"v=") else REVALIDATE


def same_token(held: str, posted: str) -> bool:
    """Compare in constant time; any text may be posted, also what is no ASCII or no Unicode."""
    return bool(held) and hmac.compare_digest(
        held.encode("utf-8", "surrogatepass"), posted.encode("utf-8", "surrogatepass")
    )


def comes_from_us(headers: Mapping[str, str], *, origins: Iterable[str]) -> bool:
    """Whether a post may have come from a page of ours, by what the browser says of it.

    Our pages send no referrer, so a browser gives their forms the origin "null"; then, and where it
    says nothing at all, the token alone decides.

    Args:
        headers: of the request, by lower-case name.
        origins: under which we are reached, such as "https://tellback.example".
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    return origin in (None, "null") or origin in {normal_origin(ours) for ours in origins}


def post_is_ours(
    headers: Mapping[str, str], posted_token: str, *, token: str, origins: Iterable[str]
) -> bool:
    """Whether a post is to be obeyed: both the browser's word and the form's token say so."""
    return comes_from_us(headers, origins=origins) and same_token(token, posted_token)


def normal_origin(url: str) -> str:
    """Scheme, host and port of a URL as a browser writes an origin."""
    parts = urlsplit(url)
    default = {"http": 80, "https": 443}.get(parts.scheme)
    port = "" if parts.port in (None, default) else f":{parts.port}"
    host = parts.hostname or ""
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}"
