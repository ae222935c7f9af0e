"""Settings: what is unsafe is refused by name, never by value."""

import stat
import sys
import zoneinfo
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from survey.settings import Settings, UnsafeSettings, make_own_folder, read_settings, unsafe

GOOD = "pF3v-9sQ_kk2WmYt71Lx"
TOKEN = "123456:ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def faults(**settings: object) -> list[tuple[str, str]]:
    return [(fault.path[0], fault.code) for fault in unsafe(Settings(**settings), {})]  # type: ignore[arg-type]


def test_a_good_secret_starts() -> None:
    assert faults(secret_key=SecretStr(GOOD)) == []


@pytest.mark.parametrize(
    ("secret", "code"),
    [
        ("", "missing"),
        ("changeme-please-soon-now", "placeholder"),
        ("<your secret key here>", "placeholder"),
        ("aaaaaaaaaaaaaaaaaaaaaaaa", "placeholder"),
        ("${SECRET_KEY}", "placeholder"),
        ("passwordpassword", "placeholder"),
        ("my-super-secret-password", "placeholder"),
        ("tellbacktellback", "placeholder"),
        ("short-9sQ_kk", "short"),
        (TOKEN, "swapped"),
    ],
)
def test_a_bad_secret_stops_the_start_and_names_the_setting(secret: str, code: str) -> None:
    assert faults(secret_key=SecretStr(secret)) == [("TELLBACK_SECRET_KEY", code)]


@pytest.mark.parametrize("secret", ["changeme-please-soon-now", "short-9sQ_kk", TOKEN])
def test_the_refusal_never_shows_the_value(secret: str) -> None:
    refusals = unsafe(Settings(secret_key=SecretStr(secret)), {})

    assert all(secret not in fault.message for fault in refusals)


def test_a_token_that_is_no_token_is_named() -> None:
    assert faults(secret_key=SecretStr(GOOD), telegram_token=SecretStr("not a token")) == [
        ("TELLBACK_TELEGRAM_TOKEN", "not_a_token")
    ]


@pytest.mark.parametrize(
    ("setting", "value", "name", "code"),
    [
        ("secret_key_previous", "short", "TELLBACK_SECRET_KEY_PREVIOUS", "short"),
        ("secret_key_previous", TOKEN, "TELLBACK_SECRET_KEY_PREVIOUS", "swapped"),
        ("telegram_mode", "webhook", "TELLBACK_TELEGRAM_WEBHOOK_SECRET", "missing"),
    ],
)
def test_every_other_secret_in_use_is_held_to_the_same_rules(
    setting: str, value: str, name: str, code: str
) -> None:
    found = faults(
        secret_key=SecretStr(GOOD), public_url="https://council.example", **{setting: value}
    )

    assert found == [(name, code)]


def test_an_empty_metrics_token_is_refused_rather_than_open() -> None:
    refused = unsafe(Settings(secret_key=SecretStr(GOOD)), {"TELLBACK_METRICS_TOKEN": ""})

    assert [(fault.path, fault.code) for fault in refused] == [
        (("TELLBACK_METRICS_TOKEN",), "missing")
    ]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"telegram_webhook_secret": GOOD}, []),
        (
            {"telegram_webhook_secret": f"{GOOD}/+"},
            [("TELLBACK_TELEGRAM_WEBHOOK_SECRET", "characters")],
        ),
        (
            {"telegram_webhook_secret": GOOD, "public_url": "http://council.example"},
            [("TELLBACK_PUBLIC_URL", "not_https")],
        ),
        (
            {
                "telegram_webhook_secret": GOOD,
                "public_url": "http://10.0.0.1",
                "telegram_api_base": "http://10.0.0.2:8081",
            },
            [],
        ),
    ],
)
def test_webhooks_need_a_secret_that_telegram_takes_and_an_address_it_can_reach(
    given: dict[str, str], expected: list[tuple[str, str]]
) -> None:
    settings = {"secret_key": GOOD, "public_url": "https://council.example"} | given

    assert faults(telegram_mode="webhook", **settings) == expected


LETTERS = {"smtp_url": "smtp://u:p%2Fw@mail.example", "mail_from": "Surveys <s@council.example>"}
ANSWERS = {"mail_reply_to": "reply@tellback.example", "lmtp_listen": "127.0.0.1:2525"}
SIGN_ON = {
    "oidc_issuer": "https://sign-on.example",
    "oidc_client_id": "tellback",
    "oidc_client_secret": GOOD,
}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (LETTERS, []),
        ({"mail_from": "s@council.example"}, []),
        (LETTERS | {"mail_from": ""}, [("TELLBACK_MAIL_FROM", "missing")]),
        (LETTERS | {"mail_from": "Surveys"}, [("TELLBACK_MAIL_FROM", "malformed")]),
        (LETTERS | ANSWERS, []),
        (LETTERS | ANSWERS | {"lmtp_listen": "unix:/run/tellback/lmtp.sock"}, []),
        *(
            (LETTERS | ANSWERS | {"mail_reply_to": address}, [("TELLBACK_MAIL_REPLY_TO", code)])
            for address, code in (
                ("", "missing"),
                ("reply", "malformed"),
                ("reply+to@tellback.example", "malformed"),
                ("answers.here@tellback.example", "malformed"),
            )
        ),
        (ANSWERS | {"mail_authserv_id": "mx-1.council.example"}, []),
        *(
            (ANSWERS | {"mail_authserv_id": name}, [("TELLBACK_MAIL_AUTHSERV_ID", "malformed")])
            for name in ("mx.example; none", "mx example", '"mx"', ".")
        ),
        *(
            (ANSWERS | {"lmtp_listen": where}, [("TELLBACK_LMTP_LISTEN", "malformed")])
            for where in ("2525", "localhost", "localhost:0", "localhost:65536", "unix:lmtp.sock")
        ),
        (
            LETTERS | {"mail_from": "s@council.example\nBcc: x@y.example"},
            [("TELLBACK_MAIL_FROM", "malformed")],
        ),
        *(
            (LETTERS | {"smtp_url": url}, [("TELLBACK_SMTP_URL", "malformed")])
            for url in (
                "mail.example:25",
                "http://mail.example",
                "smtp://",
                "smtp://a:b",
                "smtp://[",
            )
        ),
    ],
)
def test_b82_letters_need_a_server_and_an_address_that_they_come_from(
    given: dict[str, str], expected: list[tuple[str, str]]
) -> None:
    """B82."""
    assert faults(secret_key=SecretStr(GOOD), **given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (SIGN_ON, []),
        (SIGN_ON | {"oidc_issuer": "http://127.0.0.1:9000"}, []),
        (
            SIGN_ON | {"oidc_issuer": "http://sign-on.example"},
            [("TELLBACK_OIDC_ISSUER", "not_https")],
        ),
        (SIGN_ON | {"oidc_client_id": ""}, [("TELLBACK_OIDC_CLIENT_ID", "missing")]),
        (SIGN_ON | {"oidc_client_secret": ""}, [("TELLBACK_OIDC_CLIENT_SECRET", "missing")]),
        (
            SIGN_ON | {"oidc_client_secret": "<the secret>"},
            [("TELLBACK_OIDC_CLIENT_SECRET", "placeholder")],
        ),
        (
            {"oidc_client_id": "tellback"},
            [("TELLBACK_OIDC_ISSUER", "missing"), ("TELLBACK_OIDC_CLIENT_SECRET", "missing")],
        ),
    ],
)
def test_b82_single_sign_on_is_set_up_as_a_whole_or_not_at_all(
    given: dict[str, str], expected: list[tuple[str, str]]
) -> None:
    """B82."""
    assert faults(secret_key=SecretStr(GOOD), **given) == expected


BUCKET = {
    "s3_bucket": "tellback",
    "s3_endpoint": "https://s3.council.example",
    "s3_access_key_id": "AKIA",
    "s3_secret_access_key": GOOD,
}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (BUCKET, []),
        ({"s3_bucket": "tellback"}, []),
        (BUCKET | {"s3_endpoint": "http://127.0.0.1:9000"}, []),
        (BUCKET | {"s3_bucket": ""}, [("TELLBACK_S3_BUCKET", "missing")]),
        (BUCKET | {"s3_access_key_id": ""}, [("TELLBACK_S3_ACCESS_KEY_ID", "missing")]),
        (BUCKET | {"s3_secret_access_key": ""}, [("TELLBACK_S3_SECRET_ACCESS_KEY", "missing")]),
        (
            BUCKET | {"s3_secret_access_key": "<the secret>"},
            [("TELLBACK_S3_SECRET_ACCESS_KEY", "placeholder")],
        ),
        *(
            (BUCKET | {"s3_endpoint": url}, [("TELLBACK_S3_ENDPOINT", "malformed")])
            for url in (
                "s3.council.example",
                "ftp://s3.example",
                "https://",
                "https://a:b",
                "http://[",
            )
        ),
    ],
)
def test_a_bucket_is_set_up_as_a_whole_or_not_at_all(
    given: dict[str, str], expected: list[tuple[str, str]]
) -> None:
    assert faults(secret_key=SecretStr(GOOD), **given) == expected


def test_a_password_of_the_mail_server_is_read_as_it_is_and_never_shown() -> None:
    settings = Settings(**LETTERS)  # type: ignore[arg-type]
    server = settings.mail_server

    assert server is not None
    assert (server.host, server.port, server.user, server.password) == (
        "mail.example",
        587,
        "u",
        "p/w",
    )
    assert "p/w" not in repr(server) + repr(settings)


def test_a_demonstration_needs_no_secret_but_stays_on_loopback() -> None:
    assert faults(demo=True) == []
    assert faults(demo=True, host="0.0.0.0") == [("TELLBACK_HOST", "demo_public")]
    assert faults(demo=True, host="0.0.0.0", demo_public=True) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TELLBACK_FLOOR", "9"),
        ("TELLBACK_PORT", "http"),
        ("TELLBACK_YEAR_START", "13"),
        ("TELLBACK_TIMEZONE", "Mars/Olympus"),
        ("TELLBACK_TIMEZONE", "../../etc/passwd"),
        ("TELLBACK_PUBLIC_URL", "council.example"),
        ("TELLBACK_PUBLIC_URL", "http://council.example:port"),
        ("TELLBACK_TRUSTED_PROXIES", "10.0.0.0/8"),
    ],
)
def test_a_setting_that_cannot_be_read_is_named_without_its_value(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(UnsafeSettings) as refused:
        read_settings()

    (fault,) = refused.value.faults
    assert fault.path == (name,)
    assert value not in fault.message or value.isdigit()


@pytest.fixture
def no_zone_data(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine and an environment without any, as a bare container image."""
    zoneinfo.reset_tzpath(to=())
    for name in [each for each in sys.modules if each.partition(".")[0] == "tzdata"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "tzdata", None)
    zoneinfo.ZoneInfo.clear_cache()
    yield
    zoneinfo.reset_tzpath()


@pytest.mark.usefixtures("no_zone_data")
def test_b59_a_start_without_time_zone_data_is_refused_also_where_no_zone_is_named() -> None:
    with pytest.raises(UnsafeSettings) as refused:
        read_settings()

    (fault,) = refused.value.faults
    assert fault.path == ("TELLBACK_TIMEZONE",)
    assert "no time zone data" in fault.message


def test_proxies_may_be_parted_by_commas_or_spaces() -> None:
    assert Settings(trusted_proxies="10.0.0.1, 10.0.0.2 ::1").proxies == (
        "10.0.0.1",
        "10.0.0.2",
        "::1",
    )


def test_the_own_folder_is_closed_to_other_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    make_own_folder(Settings())

    assert stat.S_IMODE((tmp_path / "var").stat().st_mode) == 0o700
