"""Settings, read once from the environment (prefix `TELLBACK_`) and handed down.

Every name here is a promise to operators; CHANGELOG says when one changes. A wrong setting is
refused with its name and what to do, never with its value: values may be secrets.
"""

import re
from collections.abc import Mapping
from email.utils import parseaddr
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from survey.domain.addresses import address_of
from survey.domain.campaign import Nation
from survey.domain.reply_addresses import LONGEST_NAME
from survey.domain.sender_checks import NAME
from survey.errors import Fault, FieldsRejected
from survey.ports.letters import MailServer

_PLACEHOLDER = re.compile(
    r"<.*>|\$\{?\w+\}?|(.)\1*"
    r"|(change|replace|your|put|insert|enter|default|example|placeholder|dummy|sample)[-_ ]?.*"
    r"|((my|a|the|super|secret|password|passw0rd|key)[-_ ]?)+\d{0,4}"
    r"|(tellback|0123456789|1234567890|abcdef|qwerty)+",
    re.IGNORECASE,
)
_LEAST_SECRET = 16
_WEBHOOK_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_LAST_PORT = 65535
_MAIL_PORTS = {"smtp": 587, "smtps": 465}
TELEGRAM = "https://api.telegram.org"
OWN_FOLDER = "var"
DATABASE = f"sqlite:///{OWN_FOLDER}/tellback.sqlite"
DEMO_DATABASE = f"sqlite:///{OWN_FOLDER}/demo.sqlite"
DEMO_FILES = Path(OWN_FOLDER, "demo-files")


class UnsafeSettings(FieldsRejected):
    """The start is refused; each fault's path is the setting's name."""

    code = "unsafe_settings"


class TelegramMode(StrEnum):
    """How updates come: fetched by one process, or sent to a public address of ours."""

    POLLING = "polling"
    WEBHOOK = "webhook"


class Settings(BaseSettings):
    """What an operator can set. Defaults suit one small server on loopback."""

    model_config = SettingsConfigDict(env_prefix="TELLBACK_", frozen=True, extra="ignore")

    database_url: str = DATABASE
    secret_key: SecretStr = SecretStr("")
    secret_key_previous: SecretStr = SecretStr("")
    key_dir: Path = Path(OWN_FOLDER, "keys")
    files_dir: Path = Path(OWN_FOLDER, "files")
    s3_bucket: str = ""
    s3_endpoint: str = ""
    s3_region: str = ""
    s3_access_key_id: str = ""
    s3_secret_access_key: SecretStr = SecretStr("")
    public_url: str = ""
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    probe_port: Annotated[int, Field(ge=0, le=65535)] | None = None
    trusted_proxies: str = ""
    organisation: str = "Our organisation"
    timezone: str = "Europe/London"
    year_start: Annotated[int, Field(ge=1, le=12)] = 4
    floor: Annotated[int, Field(ge=10)] = 10
    nation: Nation = Nation.ENGLAND
    approval_above: Annotated[int, Field(ge=1)] = 1000
    telegram_token: SecretStr = SecretStr("")
    telegram_api_base: str = TELEGRAM
    telegram_mode: TelegramMode = TelegramMode.POLLING
    telegram_webhook_secret: SecretStr = SecretStr("")
    bot_username: str = ""
    metrics_token: SecretStr = SecretStr("")
    smtp_url: SecretStr = SecretStr("")
    mail_from: str = ""
    data_protection_contact: str = ""
    duty_contact: str = ""
    duty_email: str = ""
    helplines: str = ""
    mail_reply_to: str = ""
    lmtp_listen: str = ""
    mail_authserv_id: str = ""
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    oidc_name: str = ""
    demo: bool = False
    demo_public: bool = False

    @field_validator("probe_port", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        """A composition can only set a variable to nothing, not take it away."""
        return None if value == "" else value

    @field_validator("timezone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("name a zone such as Europe/London") from error
        return value

    @field_validator("public_url")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        if value:
            parts = urlsplit(value)
            if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
                raise ValueError("give an address")
            _ = parts.port  # raises ValueError for what is no number
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _are_addresses(cls, value: str) -> str:
        for part in re.split(r"[,\s]+", value.strip()):
            if part:
                ip_address(part)
        return value

    @property
    def proxies(self) -> tuple[str, ...]:
        """Addresses whose X-Forwarded-For is believed."""
        return tuple(part for part in re.split(r"[,\s]+", self.trusted_proxies) if part)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def base_url(self) -> str:
        """Where people reach the pages; no slash at the end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def mail_server(self) -> MailServer | None:
        """Where letters are handed over; None where no server is set up, or not one."""
        return _mail_server(self.smtp_url.get_secret_value())

    @property
    def lmtp(self) -> tuple[str, int] | Path | None:
        """Where letters are handed to us: host and port, or a socket; None where they are not."""
        return _listener(self.lmtp_listen)

    @property
    def bot(self) -> int | None:
        """The number of the bot, with which its token begins; None where there is none."""
        number, _, secret = self.telegram_token.get_secret_value().partition(":")
        return int(number) if secret and number.isdigit() else None

    @property
    def secure_cookies(self) -> bool:
        return self.base_url.startswith("https://")


_ADVICE = {
    "port": "give a number from 0 to 65535",
    "probe_port": "give a number from 0 to 65535",
    "year_start": "give a month from 1 to 12",
    "floor": "give a whole number of 10 or more: smaller groups are never shown",
    "nation": "give england, wales, scotland or northern_ireland",
    "approval_above": "give a number of people of 1 or more",
    "timezone": "name a zone such as Europe/London",
    "public_url": "give an address such as https://tellback.example",
    "telegram_mode": "give polling or webhook",
    "trusted_proxies": "give addresses such as 10.0.0.1, parted by commas; no ranges",
}


def read_settings(**overrides: object) -> Settings:
    """The settings of this process; `overrides` win over the environment (command-line flags).

    Raises: UnsafeSettings, naming each setting that cannot be read.
    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # pydantic checks each value
    except ValidationError as error:
        names = sorted({str(fault["loc"][0]) for fault in error.errors()})
    raise UnsafeSettings([Fault((_variable(name),), "setting", _advice(name)) for name in names])


def _advice(field: str) -> str:
    if field == "timezone" and not _has_zone_data():
        return "this machine has no time zone data: install the Python package tzdata"
    return _ADVICE.get(field, "this value cannot be read")


def _has_zone_data() -> bool:
    try:
        ZoneInfo("UTC")
    except ZoneInfoNotFoundError:
        return False
    return True


def _variable(field: str) -> str:
    return f"TELLBACK_{field.upper()}"


def unsafe(settings: Settings, environment: Mapping[str, str]) -> list[Fault]:
    """Why this service may not start with these settings, one fault per setting.

    In demo mode secrets may be missing, but the demonstration stays on loopback unless
    TELLBACK_DEMO_PUBLIC=1 says otherwise.
    """
    faults = []
    if settings.demo:
        if settings.host not in ("127.0.0.1", "::1", "localhost") and not settings.demo_public:
            faults.append(
                Fault(
                    ("TELLBACK_HOST",),
                    "demo_public",
                    "the demonstration shows figures to anybody; set TELLBACK_DEMO_PUBLIC=1 "
                    "if it is meant to be reached from other machines",
                )
            )
    else:
        faults += _secret_faults("TELLBACK_SECRET_KEY", settings.secret_key, settings)
        if settings.secret_key_previous.get_secret_value():
            faults += _secret_faults(
                "TELLBACK_SECRET_KEY_PREVIOUS", settings.secret_key_previous, settings
            )
        if "TELLBACK_METRICS_TOKEN" in environment:
            faults += _secret_faults("TELLBACK_METRICS_TOKEN", settings.metrics_token, settings)
    return [
        *faults,
        *_telegram_faults(settings, environment),
        *_mail_faults(settings),
        *_letters_in_faults(settings),
        *_sign_on_faults(settings),
        *_storage_faults(settings),
    ]


def _mail_server(url: str) -> MailServer | None:
    """The server of `smtp://user:password@host:587`, or `smtps://` on port 465."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _MAIL_PORTS or not parts.hostname or parts.path.strip("/"):
        return None
    return MailServer(
        host=parts.hostname,
        port=port or _MAIL_PORTS[parts.scheme],
        secure=parts.scheme == "smtps",
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


def _mail_faults(settings: Settings) -> list[Fault]:
    faults = []
    is_set, sender = bool(settings.smtp_url.get_secret_value()), settings.mail_from
    if is_set and settings.mail_server is None:
        message = "give an address such as smtp://user:password@mail.example:587"
        faults.append(Fault(("TELLBACK_SMTP_URL",), "malformed", message))
    if is_set and not sender:
        message = "it is missing: give the address that letters come from"
        faults.append(Fault(("TELLBACK_MAIL_FROM",), "missing", message))
    if sender and (address_of(parseaddr(sender)[1]) is None or not sender.isprintable()):
        message = "give an address such as Surveys <surveys@council.example>"
        faults.append(Fault(("TELLBACK_MAIL_FROM",), "malformed", message))
    return faults


def _listener(said: str) -> tuple[str, int] | Path | None:
    """Where "127.0.0.1:2525", "[::1]:2525" or "unix:/run/tellback/lmtp.sock" listens."""
    if said.startswith("unix:/"):
        return Path(said.removeprefix("unix:"))
    host, _, port = said.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) <= _LAST_PORT:
        return None
    return host.strip("[]"), int(port)


def _letters_in_faults(settings: Settings) -> list[Fault]:
    """Letters that come in need an address to come to, and that address somebody who takes them."""
    faults = []
    if reply_to := settings.mail_reply_to:
        name = reply_to.rpartition("@")[0]
        if address_of(reply_to) is None or "+" in name or len(name) > LONGEST_NAME:
            message = "give an address such as reply@tellback.example: no plus sign, and "
            message += f"at most {LONGEST_NAME} characters before the @"
            faults.append(Fault(("TELLBACK_MAIL_REPLY_TO",), "malformed", message))
    if settings.lmtp_listen and settings.lmtp is None:
        message = "give an address such as 127.0.0.1:2525, or unix:/run/tellback/lmtp.sock"
        faults.append(Fault(("TELLBACK_LMTP_LISTEN",), "malformed", message))
    if settings.lmtp_listen and not settings.mail_reply_to:
        message = "it is missing: give the address that answers are sent to"
        faults.append(Fault(("TELLBACK_MAIL_REPLY_TO",), "missing", message))
    if settings.mail_authserv_id and not NAME.fullmatch(settings.mail_authserv_id):
        message = "give the name at the beginning of Authentication-Results, such as mx.example"
        faults.append(Fault(("TELLBACK_MAIL_AUTHSERV_ID",), "malformed", message))
    return faults


def _sign_on_faults(settings: Settings) -> list[Fault]:
    """Single sign-on is set up as a whole or not at all."""
    given = {
        "TELLBACK_OIDC_ISSUER": settings.oidc_issuer,
        "TELLBACK_OIDC_CLIENT_ID": settings.oidc_client_id,
        "TELLBACK_OIDC_CLIENT_SECRET": settings.oidc_client_secret.get_secret_value(),
    }
    if not any(given.values()):
        return []
    faults = [
        Fault((name,), "missing", "it is missing; set all of TELLBACK_OIDC_*, or none")
        for name, value in given.items()
        if not value
    ]
    if settings.oidc_issuer and not _is_issuer(settings.oidc_issuer):
        message = "give the https address of the sign-on provider"
        faults.append(Fault(("TELLBACK_OIDC_ISSUER",), "not_https", message))
    if given["TELLBACK_OIDC_CLIENT_SECRET"] and _PLACEHOLDER.fullmatch(
        given["TELLBACK_OIDC_CLIENT_SECRET"]
    ):
        message = "it is a placeholder; give the secret that the provider made"
        faults.append(Fault(("TELLBACK_OIDC_CLIENT_SECRET",), "placeholder", message))
    return faults


def _storage_faults(settings: Settings) -> list[Fault]:
    """A bucket is set up whole or not at all; its key is given whole, or the machine has it."""
    faults = []
    given = {
        "TELLBACK_S3_ENDPOINT": settings.s3_endpoint,
        "TELLBACK_S3_REGION": settings.s3_region,
        "TELLBACK_S3_ACCESS_KEY_ID": settings.s3_access_key_id,
        "TELLBACK_S3_SECRET_ACCESS_KEY": settings.s3_secret_access_key.get_secret_value(),
    }
    if any(given.values()) and not settings.s3_bucket:
        message = "it is missing; set it, or none of TELLBACK_S3_*: then files lie in FILES_DIR"
        faults.append(Fault(("TELLBACK_S3_BUCKET",), "missing", message))
    key = ("TELLBACK_S3_ACCESS_KEY_ID", "TELLBACK_S3_SECRET_ACCESS_KEY")
    faults += [
        Fault((name,), "missing", "it is missing; set both parts of the key, or none of them")
        for name, other in (key, key[::-1])
        if given[other] and not given[name]
    ]
    secret = given["TELLBACK_S3_SECRET_ACCESS_KEY"]
    if secret and _PLACEHOLDER.fullmatch(secret):
        message = "it is a placeholder; give the secret that the storage made"
        faults.append(Fault(("TELLBACK_S3_SECRET_ACCESS_KEY",), "placeholder", message))
    if settings.s3_endpoint and not _is_endpoint(settings.s3_endpoint):
        message = "give an address such as https://s3.council.example"
        faults.append(Fault(("TELLBACK_S3_ENDPOINT",), "malformed", message))
    return faults


def _is_endpoint(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises ValueError for what is no number
    except ValueError:
        return False
    has_more = parts.query or parts.username
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not has_more


def _is_issuer(url: str) -> bool:
    """Over https, or a provider on this machine."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    on_this_machine = parts.hostname in ("127.0.0.1", "::1", "localhost")
    secure = parts.scheme == "https" or (parts.scheme == "http" and on_this_machine)
    return secure and bool(parts.hostname)


def _telegram_faults(settings: Settings, environment: Mapping[str, str]) -> list[Fault]:
    faults = []
    token = settings.telegram_token.get_secret_value()
    if token and not _looks_like_bot_token(token):
        faults.append(
            Fault(
                ("TELLBACK_TELEGRAM_TOKEN",),
                "not_a_token",
                "this is not a bot's token (digits, a colon, then 20 or more characters)",
            )
        )
    if "TELLBACK_TELEGRAM_TOKEN" in environment and not token and not settings.demo:
        faults.append(
            Fault(("TELLBACK_TELEGRAM_TOKEN",), "empty", "it is empty; remove it, or set the token")
        )
    if settings.telegram_mode is TelegramMode.WEBHOOK:
        name = "TELLBACK_TELEGRAM_WEBHOOK_SECRET"
        secret = settings.telegram_webhook_secret
        faults += _secret_faults(name, secret, settings)
        if secret.get_secret_value() and not _WEBHOOK_SECRET.fullmatch(secret.get_secret_value()):
            faults.append(
                Fault((name,), "characters", "Telegram takes letters, digits, _ and - here (256)")
            )
        # A Bot API server of one's own may send to a plain address.
        if settings.telegram_api_base == TELEGRAM and not settings.secure_cookies:
            faults.append(
                Fault(
                    ("TELLBACK_PUBLIC_URL",),
                    "not_https",
                    "give the https address of this service: Telegram sends updates there",
                )
            )
    return faults


def _secret_faults(name: str, value: SecretStr, settings: Settings) -> list[Fault]:
    secret = value.get_secret_value()
    make_one = "make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
    at = (name,)
    if not secret:
        return [Fault(at, "missing", f"it is missing; {make_one}")]
    if _looks_like_bot_token(secret) or secret == settings.telegram_token.get_secret_value():
        return [Fault(at, "swapped", f"it looks like a bot's token; {make_one}")]
    if _PLACEHOLDER.fullmatch(secret):
        return [Fault(at, "placeholder", f"it is a placeholder; {make_one}")]
    if len(secret) < _LEAST_SECRET:
        return [Fault(at, "short", f"it has under {_LEAST_SECRET} characters; {make_one}")]
    return []


def _looks_like_bot_token(value: str) -> bool:
    number, colon, rest = value.partition(":")
    return bool(colon) and number.isdigit() and len(rest) >= 20


def make_own_folder(settings: Settings) -> None:
    """Make the folder of the default database; a folder that an operator named must exist."""
    if settings.database_url in (DATABASE, DEMO_DATABASE):
        Path(OWN_FOLDER).mkdir(mode=0o700, exist_ok=True)
