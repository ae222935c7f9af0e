"""`tellback account`: the first administrator and what an operator does afterwards."""

import re

import pytest

from tests.api.commands.conftest import Tellback

EMAIL = "ann.lee@barnet.example"
LINK = re.compile(r"http://127\.0\.0\.1:8000/staff/link/[A-Za-z0-9_-]{32}")


@pytest.fixture
def first(installed: Tellback) -> Tellback:
    """With one administrator, who has not set a password yet."""
    done = installed("account", "add", EMAIL, "--name", "Ann Lee", "--role", "administrator")
    assert done.exit_code == 0, done.stderr
    return installed


def listed(tellback: Tellback) -> list[str]:
    return tellback("account", "list").stdout.splitlines()


def test_the_link_of_the_first_administrator_stands_alone_on_the_last_line(
    installed: Tellback,
) -> None:
    made = installed("account", "add", EMAIL, "--name", "Ann Lee", "--role", "administrator")

    assert made.exit_code == 0, made.stderr
    assert LINK.fullmatch(made.stdout.removesuffix("\n"))
    assert "The link works once" in made.stderr
    assert listed(installed) == [f"invited  {EMAIL}  Ann Lee  administrator"]


def test_a_role_may_be_for_a_unit_and_a_service(first: Tellback) -> None:
    done = first(
        *("account", "grant", EMAIL),
        *(
            "--role",
            "viewer:unit=schools",
            "--role",
            "service_manager:service=payroll:unit=oakfield",
        ),
    )

    told = "service_manager:unit=oakfield:service=payroll,viewer:unit=schools"
    assert done.stdout == f"{EMAIL} is {told}.\n"
    assert listed(first) == [f"invited  {EMAIL}  Ann Lee  {told}"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("a", "--name", "A", "--role", "viewer"), "email: give an e-mail address"),
        (("a@b.example", "--name", " ", "--role", "viewer"), "--name: give a name"),
        (
            ("a@b.example", "--name", "A", "--role", "viewer", "--role", "viewer:unit=oakfeild"),
            "--role viewer:unit=oakfeild: 'oakfeild' is not a unit (did you mean 'oakfield'?)",
        ),
        ((EMAIL.upper(), "--name", "A", "--role", "viewer"), "an account with this address exists"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line_and_nothing_is_made(
    first: Tellback, words: tuple[str, ...], told: str
) -> None:
    refused = first("account", "add", *words)

    assert refused.exit_code == 1
    assert refused.stderr.startswith(f"tellback: {told}")
    assert refused.stderr.endswith("tellback: No account was made.\n")
    assert len(listed(first)) == 1


@pytest.mark.parametrize(
    "role",
    [
        "administrater",
        "",
        "viewer:oakfield",
        "viewer:unit=",
        "viewer:school=x",
        "viewer:unit=a:unit=b",
    ],
)
def test_a_role_that_makes_no_sense_is_a_wrong_usage(first: Tellback, role: str) -> None:
    assert first("account", "grant", EMAIL, "--role", role).exit_code == 2


def test_an_account_ends_and_comes_back(first: Tellback) -> None:
    ended = first("account", "end", EMAIL)
    after = listed(first)
    again = first("account", "add", EMAIL, "--name", "Ann", "--role", "viewer")
    back = first("account", "bring-back", EMAIL)

    assert (ended.stdout, back.stdout) == (
        "The account has ended.\n",
        "The account can be used again.\n",
    )
    assert after[0].startswith("ended 20")
    assert (again.exit_code, "bring it back" in again.stderr) == (1, True)
    assert listed(first)[0].startswith("invited")


def test_a_new_link_and_another_second_factor_come_from_the_operator(first: Tellback) -> None:
    link = first("account", "link", EMAIL)
    reset = first("account", "reset-second-factor", EMAIL)

    assert LINK.fullmatch(link.stdout.removesuffix("\n"))
    assert reset.exit_code == 0


def test_an_account_is_tied_to_a_person_by_key(first: Tellback) -> None:
    refused = first("account", "person", EMAIL, "p-1")

    assert (refused.exit_code, refused.stderr.splitlines()[0]) == (
        1,
        "tellback: there is no person p-1",
    )
    assert first("account", "person", EMAIL).exit_code == 0


@pytest.mark.parametrize(
    "words",
    [("end",), ("bring-back",), ("reset-second-factor",), ("link",), ("grant", "--role", "viewer")],
)
def test_an_address_without_an_account_is_said_to_have_none(
    installed: Tellback, words: tuple[str, ...]
) -> None:
    refused = installed("account", words[0], "nobody@barnet.example", *words[1:])

    assert refused.exit_code == 1
    assert refused.stderr.startswith("tellback: there is no account with this address\n")
