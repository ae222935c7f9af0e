"""The image and its composition, as far as they can be checked without an engine."""

import re
from collections.abc import Iterator
from fnmatch import fnmatch
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml

from api.app import _MOST_BYTES, _routes
from api.web.cases import DRAINED
from api.web.visits import PROBLEM
from survey.settings import Settings
from tests.api.test_access import every_route, path_of

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
OURS = ("migrate", "api", "bot", "worker")
RUNNING = ("api", "bot", "worker")


@pytest.fixture(scope="module")
def dockerfile() -> str:
    return (DEPLOY / "Dockerfile").read_text()


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return read


def settings_in(names: Any) -> set[str]:
    return {name for name in names if name.startswith("TELLBACK_")}


KNOWN = {f"TELLBACK_{name.upper()}" for name in Settings.model_fields}
OF_COMPOSE = {"TELLBACK_DATABASE_PASSWORD", "TELLBACK_DOMAIN"}


def test_the_image_runs_as_a_user_without_rights(dockerfile: str) -> None:
    last_stage = dockerfile.rsplit("\nFROM ", 1)[1]

    assert re.search(r"^USER 10001:10001$", last_stage, re.MULTILINE)


def test_everything_from_a_registry_is_installed_by_hash(dockerfile: str) -> None:
    installs = re.findall(r"pip install(?:[^&\n]|\\\n)*", dockerfile)

    assert len(installs) == 3
    assert all("--require-hashes" in each or "--no-index" in each for each in installs)


def test_every_file_that_the_image_copies_exists(dockerfile: str) -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile, re.MULTILINE)

    names = [name for line in copied for name in line.split()]
    assert names
    assert [name for name in names if not (DEPLOY.parent / name).exists()] == []


def test_the_context_leaves_out_history_data_and_secrets() -> None:
    kept = (DEPLOY / "Dockerfile.dockerignore").read_text().split("\n")

    assert kept[1] == "*"
    allowed = [line[1:] for line in kept if line.startswith("!")]
    assert not [each for each in allowed if "env" in each or each in (".git", "var", "deploy")]
    assert all(list(DEPLOY.parent.glob(each)) for each in allowed)


def test_the_image_sets_no_setting_that_the_program_does_not_know(dockerfile: str) -> None:
    assert set(re.findall(r"TELLBACK_\w+", dockerfile)) <= KNOWN


def test_each_of_our_services_runs_read_only_and_without_rights(compose: dict[str, Any]) -> None:
    for name in OURS:
        service = compose["services"][name]
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in service["security_opt"], name


def test_each_role_runs_and_has_longer_to_stop_than_it_takes(compose: dict[str, Any]) -> None:
    from api.roles import STOP_SECONDS, Role

    roles = {compose["services"][name]["command"][-1] for name in RUNNING}

    assert roles == set(Role)
    for name in RUNNING:
        assert int(compose["services"][name]["stop_grace_period"].rstrip("s")) > STOP_SECONDS


def test_nothing_starts_before_the_tables_are_made(compose: dict[str, Any]) -> None:
    for name in RUNNING:
        waits = compose["services"][name]["depends_on"]
        assert waits == {"migrate": {"condition": "service_completed_successfully"}}


def test_only_the_proxy_is_reached_from_outside(compose: dict[str, Any]) -> None:
    published = {
        name: service["ports"]
        for name, service in compose["services"].items()
        if "ports" in service
    }

    assert published.pop("proxy") == ["80:80", "443:443"]
    assert all(each.startswith("127.0.0.1:") for ports in published.values() for each in ports)
    assert compose["networks"]["inside"]["internal"] is True
    assert compose["services"]["database"]["networks"] == ["inside"]


def test_whoever_sends_and_fetches_reaches_the_outside(compose: dict[str, Any]) -> None:
    """The worker hands letters to the mail server, and messages of campaigns to Telegram."""
    for name in RUNNING:
        assert "outside" in compose["services"][name]["networks"], name
    assert compose["services"]["migrate"]["networks"] == ["inside"]


def test_the_mail_server_of_the_machine_hands_letters_to_the_worker(
    compose: dict[str, Any],
) -> None:
    worker = compose["services"]["worker"]
    listens = worker["environment"]["TELLBACK_LMTP_LISTEN"]
    # A listener without an address that answers come to is refused at the start.
    where = re.fullmatch(r"\$\{TELLBACK_MAIL_REPLY_TO:\+(.+)\}", listens)

    assert where
    settings = Settings(lmtp_listen=where[1])
    assert settings.lmtp == ("0.0.0.0", 2525)
    assert worker["ports"] == ["127.0.0.1:2525:2525"]
    others = [each for each in OURS if each != "worker"]
    assert not any(
        "TELLBACK_LMTP_LISTEN" in compose["services"][each]["environment"] for each in others
    )


def test_the_proxy_that_is_believed_is_the_one_that_runs(compose: dict[str, Any]) -> None:
    believed = compose["services"]["api"]["environment"]["TELLBACK_TRUSTED_PROXIES"]

    assert compose["services"]["proxy"]["networks"]["outside"]["ipv4_address"] == believed


def test_nobody_else_is_given_the_address_of_the_proxy(compose: dict[str, Any]) -> None:
    [network] = compose["networks"]["outside"]["ipam"]["config"]
    proxy = ip_address(compose["services"]["proxy"]["networks"]["outside"]["ipv4_address"])

    assert proxy in ip_network(network["subnet"])
    assert proxy not in ip_network(network["ip_range"])
    assert str(proxy) != network["gateway"]


def test_backups_are_made_by_programs_of_the_age_of_the_server(
    dockerfile: str, compose: dict[str, Any]
) -> None:
    client = re.search(r"postgresql-client-(\d+)", dockerfile)
    server = re.match(r"postgres:(\d+)-(\w+)", compose["services"]["database"]["image"])

    assert client
    assert server
    assert client[1] == server[1]
    assert set(re.findall(r"^FROM \S+-slim-(\w+)", dockerfile, re.MULTILINE)) == {server[2]}


def test_keys_and_database_lie_on_volumes_of_their_own(compose: dict[str, Any]) -> None:
    keys = compose["services"]["api"]["volumes"]
    database = compose["services"]["database"]["volumes"]

    assert {line.split(":")[0] for line in keys} & {
        line.split(":")[0] for line in database
    } == set()


def test_the_composition_uses_known_settings_only(compose: dict[str, Any]) -> None:
    for name in OURS:
        assert settings_in(compose["services"][name]["environment"]) <= KNOWN, name
    asked_of_the_operator = set(
        re.findall(r"\$\{(\w+):\?\}", (DEPLOY / "compose.yaml").read_text())
    )
    assert asked_of_the_operator == OF_COMPOSE


def test_the_proxy_shows_nothing_of_the_inside() -> None:
    caddyfile = (DEPLOY / "Caddyfile").read_text()

    assert "@inside path /metrics /readyz\n\trespond @inside 404" in caddyfile
    assert caddyfile.count("{") - caddyfile.count("{$") == caddyfile.count("}") - caddyfile.count(
        "{$"
    )


def test_the_proxy_logs_no_address_of_a_request() -> None:
    caddyfile = (DEPLOY / "Caddyfile").read_text()

    assert "log default {" in caddyfile
    assert "exclude http.log.error" in caddyfile
    assert "output discard" in caddyfile


def taken() -> Iterator[tuple[str, int]]:
    """Each route that reads more than others do, and the bytes of a body that it reads."""
    for route in every_route(_routes(demo=False)):
        size = getattr(route, "max_body_size", None) or 0
        if size > _MOST_BYTES:
            yield path_of(route), size


def most_bytes(matcher: str) -> int:
    """What the proxy lets through of what `matcher` chooses."""
    pattern = rf"request_body {matcher} {{\n\t\tmax_size (\d+)MB\n\t}}"
    found = re.search(pattern, (DEPLOY / "Caddyfile").read_text())
    assert found, matcher
    return int(found[1]) * 1_000_000


def test_the_proxy_lets_through_every_upload_that_the_program_reads() -> None:
    caddyfile = (DEPLOY / "Caddyfile").read_text()
    uploads = re.search(r"@uploads path (.+)", caddyfile)
    others = re.search(r"@others not path (.+)", caddyfile)
    assert uploads
    assert others
    assert uploads[1] == others[1], "what is in neither has no limit, what is in both the lower"
    routes = dict(taken())

    assert {PROBLEM, "/staff/people/upload"} < set(routes)
    for path, size in routes.items():
        assert any(fnmatch(path, each) for each in uploads[1].split()), path
        assert size <= most_bytes("@uploads"), path
    assert most_bytes("@uploads") >= DRAINED
    assert most_bytes("@others") >= _MOST_BYTES
