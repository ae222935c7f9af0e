"""`tellback questionnaire`, `apikey`, `db` and `simulate`."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.command import app
from tests.api.commands.conftest import Tellback

SMALL = """
key: lunch
title: Lunch
purpose: To plan lunches.
privacy: attributed
unit: none
languages: [en]
questions:
  - {name: good, type: select_one, label: Was it good?, choices: [
      {name: "yes", label: "Yes"}, {name: "no", label: "No"}]}
"""


def test_a_shipped_questionnaire_has_no_faults(tellback: Tellback) -> None:
    assert tellback("questionnaire", "check", "people-pulse").exit_code == 0


def test_without_faults_the_check_gives_hints_and_refuses_nothing(
    tellback: Tellback, folder: Path
) -> None:
    (folder / "lunch.yaml").write_text(SMALL.replace("Was it good?", "Was it excellent?"))

    checked = tellback("questionnaire", "check", "lunch.yaml")

    assert checked.exit_code == 0
    assert checked.stdout.splitlines() == [
        "lunch.yaml: no faults.",
        "1 hint on its words, which stop nothing:",
        "question good, in en: ‘excellent’ suggests an answer. Ask without it.",
    ]
    assert tellback("questionnaire", "check", "people-pulse").stdout.count("\n") == 1


def test_every_fault_is_listed_with_its_line(tellback: Tellback, folder: Path) -> None:
    (folder / "lunch.yaml").write_text(
        SMALL + "  - {name: why, type: txt, label: Why?}\n"
        "  - {name: how, type: text, label: How?, relevant: \"${god} = 'no'\"}\n"
    )

    refused = tellback("questionnaire", "check", "lunch.yaml")

    assert refused.exit_code == 1
    assert "lunch.yaml line 11, question why" in refused.stderr
    assert "did you mean 'text'" in refused.stderr
    assert "lunch.yaml line 12, question how" in refused.stderr
    assert "did you mean 'good'" in refused.stderr


def test_a_faulty_questionnaire_is_not_published(tellback: Tellback, folder: Path) -> None:
    (folder / "lunch.yaml").write_text(SMALL.replace("select_one", "select_won"))
    tellback("db", "upgrade")

    refused = tellback("questionnaire", "publish", "lunch.yaml")

    assert refused.exit_code == 1
    assert refused.stderr.endswith("Nothing was published.\n")
    assert "lunch  version" not in tellback("questionnaire", "list").stdout


def test_a_changed_question_must_be_said_to_keep_or_break_its_series(
    tellback: Tellback, folder: Path
) -> None:
    tellback("db", "upgrade")
    (folder / "lunch.yaml").write_text(SMALL)
    first = tellback("questionnaire", "publish", "lunch.yaml")
    (folder / "lunch.yaml").write_text(SMALL.replace("Was it good?", "Did you like it?"))

    undecided = tellback("questionnaire", "publish", "lunch.yaml")
    decided = tellback("questionnaire", "publish", "lunch.yaml", "--breaks", "good")

    assert first.stdout == "lunch: version 1 is published.\n"
    assert undecided.exit_code == 1
    assert "--same-series good or --breaks good" in undecided.stderr
    assert decided.stdout == "lunch: version 2 is published.\n"


def test_the_equality_block_is_asked_at_the_end_where_publication_adds_it(
    tellback: Tellback,
) -> None:
    tellback("db", "upgrade")

    done = tellback("questionnaire", "publish", "before-a-change", "--with", "equality")

    assert done.exit_code == 0, done.stderr


def test_a_closed_questionnaire_is_listed_as_closed(installed: Tellback) -> None:
    closed = installed("questionnaire", "close", "people-pulse")

    assert closed.stdout == "people-pulse is closed.\n"
    assert "people-pulse  version 1  closed" in installed("questionnaire", "list").stdout


def test_closing_what_is_not_there_is_refused(tellback: Tellback) -> None:
    tellback("db", "upgrade")

    assert tellback("questionnaire", "close", "nothing").exit_code == 1


def test_the_schema_is_printed_as_json(tellback: Tellback) -> None:
    schema = json.loads(tellback("questionnaire", "schema").stdout)

    assert "questions" in schema["properties"]


def test_the_answers_of_a_questionnaire_have_a_schema_too(tellback: Tellback) -> None:
    schema = json.loads(tellback("questionnaire", "schema", "service-satisfaction").stdout)

    assert schema["required"] == ["service", "satisfaction"]
    assert schema["properties"]["ease"]["maximum"] == 7
    assert schema["properties"]["resolved_first_time"]["enum"] == ["yes", "no"]
    assert "payroll" in schema["properties"]["service"]["enum"]


def test_counts_of_every_questionnaire_are_rebuilt_where_none_is_named(
    installed: Tellback, folder: Path
) -> None:
    (folder / "r.csv").write_text("unit,pride\noakfield,4\nelmwood,5\n")
    installed("import", "responses", "r.csv", "--questionnaire", "people-pulse")

    assert installed("db", "rebuild-counts").stdout == "2 responses counted.\n"


def test_a_key_is_printed_once_alone_on_the_last_line(tellback: Tellback) -> None:
    tellback("db", "upgrade")

    made = tellback("apikey", "add", "dashboards", "--scopes", "figures:read,responses:write")
    listed = tellback("apikey", "list")

    secret = made.stdout.splitlines()[-1]
    assert secret.startswith("tbk_")
    assert " " not in secret
    assert "dashboards" in listed.stdout
    assert secret not in listed.stdout


def test_a_key_is_bound_to_parts_and_to_a_side_and_listed_so(installed: Tellback) -> None:
    scopes = ("--scopes", "cases:read,cases:write")
    parts = ("--only", "service=payroll", "--only", "unit=oakfield:service=hr")

    made = installed("apikey", "add", "tickets", *scopes, "--as", "provider", *parts)
    listed = installed("apikey", "list")

    told = "handed to the provider of service=payroll, unit=oakfield:service=hr"
    assert told in made.stderr
    assert told in listed.stdout


@pytest.mark.parametrize(
    ("given", "code", "told"),
    [
        (["--as", "provider"], 1, "service"),
        (["--only", "service=payrol"], 1, "payroll"),
        (["--only", "payroll"], 2, "service=KEY"),
        (["--as", "reporter"], 2, "provider"),
    ],
)
def test_a_key_that_cannot_be_bound_so_is_refused(
    installed: Tellback, given: list[str], code: int, told: str
) -> None:
    refused = installed("apikey", "add", "tickets", "--scopes", "cases:read", *given)

    assert (refused.exit_code, told in refused.stderr) == (code, True)


def test_an_unknown_scope_is_refused_with_the_known_ones(tellback: Tellback) -> None:
    tellback("db", "upgrade")

    refused = tellback("apikey", "add", "x", "--scopes", "figures:write")

    assert (refused.exit_code, "figures:read" in refused.stderr) == (1, True)


def test_a_database_without_tables_is_said_to_need_an_upgrade(
    empty_database_url: str, folder: Path
) -> None:
    environment = {"TELLBACK_DATABASE_URL": empty_database_url}

    checked = CliRunner().invoke(app, ["db", "check"], env=environment)

    assert checked.exit_code == 1
    assert "tellback db upgrade" in checked.stderr


def test_usage_errors_end_with_code_2(tellback: Tellback) -> None:
    assert tellback("import", "units").exit_code == 2
    assert tellback("no-such-command").exit_code == 2


def test_every_command_explains_itself(tellback: Tellback) -> None:
    for words in (
        (),
        ("serve",),
        ("simulate",),
        ("db", "upgrade"),
        ("db", "check"),
        ("db", "rebuild-counts"),
        ("questionnaire", "publish"),
        ("import", "responses"),
        ("apikey", "add"),
    ):
        shown = tellback(*words, "--help")
        assert shown.exit_code == 0
        assert len(shown.stdout.splitlines()) > 4


def test_a_questionnaire_can_be_played_in_the_terminal(folder: Path) -> None:
    said = "\n".join(
        ["", "oak", "1", "4", "agree", "/skip", "5", "7", "3", "4", "2", "/skip", "", ""]
    )

    played = CliRunner().invoke(app, ["simulate", "people-pulse"], input=said)

    assert played.exit_code == 0
    assert "What would be kept:" in played.stdout
    assert "pride: 4" in played.stdout
    assert "advocacy: 4" in played.stdout
