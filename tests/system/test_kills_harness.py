"""The kill harness itself: what it reads in statements, that it kills where told, and that it
catches a program that breaks its word."""

import asyncio
import json
import sqlite3
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from survey.domain.records import CountKey
from tests.rig.clients import Clients
from tests.rig.house import NeverPassed, NotUp, open_house
from tests.rig.invariants import RULES, Evidence, Kept, broken
from tests.rig.journal import Journal, ends
from tests.rig.load import Load, Sent
from tests.rig.points import COMMITS, POINTS, Crash
from tests.rig.toy import Fault, ToyOrder, look_around, serve
from tests.support.application import NOON

SUBMISSIONS = 12
CHANGE = "UPDATE conversations AS had SET draft = new.draft FROM unnest($1) AS new"


# --- crash points ---


def test_a_crash_point_has_a_name_and_says_what_is_true_there() -> None:
    assert len(POINTS) >= 20
    assert all(len(told) > 20 for told in POINTS.values())
    with pytest.raises(ValueError, match="no such crash point"):
        Crash("between two chairs")


@pytest.mark.parametrize(
    ("kinds", "statements"),
    [
        (["updates kept"], ["INSERT INTO inbox (bot) VALUES (1) ON CONFLICT DO NOTHING"]),
        (["update done"], ['UPDATE inbox SET "user"=NULL, payload=NULL WHERE inbox.bot = 1']),
        (["conversation begun"], ["INSERT INTO conversations (id, owner) VALUES (1, 2)"]),
        (["step"], [CHANGE, "UPDATE inbox SET payload = NULL"]),
        (["submission"], ["INSERT INTO receipts VALUES (1)", "UPDATE conversations AS had SET"]),
        (["turn shown"], ["UPDATE conversations AS had SET shown=4 FROM json_each(:rows) AS new"]),
        (["choice kept"], ["INSERT INTO chats (bot) VALUES (1) ON CONFLICT DO UPDATE SET unit=2"]),
        (["box opened"], ["DELETE FROM sealed WHERE box=1", "INSERT INTO responses VALUES (1)"]),
        (["figures published"], ["INSERT INTO cells VALUES (1)", "DELETE FROM publication_due"]),
        (
            ["updates kept", "submission", "step"],
            [f"WITH a AS (INSERT INTO receipts SELECT 1), b AS (INSERT INTO inbox) {CHANGE}"],
        ),
        ([], ["SELECT payload FROM inbox FOR UPDATE", "INSERT INTO api_keys VALUES (1)"]),
        ([], ["INSERT INTO inbox VALUES (1)", "ROLLBACK", "BEGIN"]),
    ],
)
def test_a_transaction_is_told_by_what_it_writes(kinds: list[str], statements: list[str]) -> None:
    journal = Journal()
    journal.note("BEGIN IMMEDIATE")
    for each in statements:
        journal.note(each, ["draft-2026-05"] if CHANGE in each else ["text"])

    assert journal.commits() == kinds
    assert journal.commits() == []
    assert {*kinds} <= COMMITS.keys()


def test_only_the_end_of_a_transaction_commits() -> None:
    assert ends("COMMIT;")
    assert not ends("UPDATE inbox SET error = 'COMMIT'")


# --- the fork server ---


async def test_a_fork_begins_with_everything_imported_and_one_thread(tmp_path: Path) -> None:
    async with open_house("", tmp_path) as house:
        program = await house.run(look_around, None, wait=False)
        assert await program.hears() == "1 thread, without []"


# --- a toy that keeps its word, and toys that do not ---


async def _played(folder: Path, fault: Fault, crash: Crash) -> Evidence:
    """Clients submit to the toy, which dies once at the crash point and is started again."""
    database, chance = folder / "toy.sqlite", Random(1)
    load = Load(chance)
    async with open_house(f"sqlite:///{database}", folder) as house:
        program = await house.run(serve, ToyOrder(database, fault, crash))
        async with Clients.of(load, house, chance) as clients, asyncio.TaskGroup() as tasks:
            tasks.create_task(
                load.side_by_side(
                    clients.one, lambda: load.begun("client") < SUBMISSIONS, at_once=3
                )
            )
            await house.died(program, crash.point)
            await house.run(serve, ToyOrder(database, fault, None))
    with closing(sqlite3.connect(database)) as connection:
        receipts = Counter(each for (each,) in connection.execute("SELECT reference FROM receipts"))
        rows = connection.execute("SELECT questionnaire, answers FROM responses").fetchall()
    kept = [Kept(questionnaire, json.loads(answers)) for questionnaire, answers in rows]
    return Evidence(sent=load.sent, receipts=receipts, kept=kept)


@pytest.mark.parametrize(
    "point",
    [
        "before the commit: submission",
        "after the commit: submission",
        "before acknowledging: created 201",
        "after acknowledging: created 201",
    ],
)
async def test_a_sound_program_is_found_sound_wherever_it_dies(tmp_path: Path, point: str) -> None:
    assert broken(await _played(tmp_path, Fault.NONE, Crash(point, passing=4))) == {}


@pytest.mark.parametrize(
    ("fault", "point", "rules"),
    [
        (
            Fault.ANSWERS_FIRST,
            "before the commit: submission",
            {"one receipt for each who was told of one"},
        ),
        (
            Fault.FORGETS,
            "after the commit: submission",
            {
                "nothing is kept twice",
                "one receipt for each who was told of one",
                "answers are those of a serial replay",
            },
        ),
        (
            Fault.IN_TWO,
            "after the commit: submission",
            {"as many receipts as sets of answers", "answers are those of a serial replay"},
        ),
    ],
)
async def test_a_program_that_breaks_its_word_is_caught(
    tmp_path: Path, fault: Fault, point: str, rules: set[str]
) -> None:
    assert broken(await _played(tmp_path, fault, Crash(point, passing=4))).keys() == rules


async def test_a_point_that_is_never_passed_fails_the_run(tmp_path: Path) -> None:
    crash = Crash("before the commit: box opened")
    async with open_house("", tmp_path) as house:
        program = await house.run(serve, ToyOrder(tmp_path / "toy.sqlite", Fault.NONE, crash))
        with pytest.raises(NeverPassed, match="box opened"):
            await program.died(crash.point, within=0.01)
        await house.kill(program)
        assert not program.alive


async def test_a_program_that_cannot_start_says_why(tmp_path: Path) -> None:
    async with open_house("sqlite:////nowhere/at/all", tmp_path) as house:
        with pytest.raises(NotUp, match="directory of the file in TELLBACK_DATABASE_URL"):
            await house.start()


# --- each rule, broken in one way ---

KEY = CountKey(NOON.date(), "", "oakfield", "people-pulse", 1, "", "*", "*", "*", "*")
PERSON = Sent("m-1", "people-pulse", {"comment": "m-1"}, 7, Counter({"ABC-DEF": 1}), 4)
WELL = Evidence(
    sent=[PERSON],
    delivered={1, 2},
    applied={1, 2},
    receipts=Counter({"ABC-DEF": 1}),
    kept=[Kept("people-pulse", {"comment": "m-1"})],
    counts={KEY: 1},
    recounted={KEY: 1},
    shown={7: ("Receipt ABC-DEF", 4)},
)


def test_no_rule_is_broken_where_all_is_well() -> None:
    assert broken(WELL) == {}


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("everybody got to the end", {"sent": [replace(PERSON, trouble="no sight of it")]}),
        ("no update is lost", {"applied": {1}}),
        ("no update is lost", {"applied": {1}, "waiting": {2}}),
        ("no good update is parked", {"applied": {1}, "parked": {2}}),
        ("nothing is kept twice", {"kept": [*WELL.kept, *WELL.kept]}),
        ("one receipt for each who was told of one", {"receipts": Counter()}),
        (
            "one receipt for each who was told of one",
            {"sent": [replace(PERSON, references=Counter({"ABC-DEF": 1, "GHJ-KLM": 1}))]},
        ),
        ("as many receipts as sets of answers", {"kept": []}),
        ("counts are those of the responses", {"counts": {KEY: 2}}),
        ("answers are those of a serial replay", {"kept": [Kept("people-pulse", {})]}),
        ("nobody is owed a turn", {"owed": {"telegram:1:7"}}),
        ("everybody sees the end", {"shown": {7: ("2 of 8", 4)}}),
        ("a message is repeated once a kill at most", {"shown": {7: ("Receipt ABC-DEF", 5)}}),
        ("everything sealed can be opened", {"unreadable": {"sealed row 1"}}),
        ("nothing stands in the clear", {"leaked": {"inbox: m-1"}}),
    ],
)
def test_a_broken_rule_is_named(rule: str, changes: Mapping[str, Any]) -> None:
    assert rule in broken(replace(WELL, **changes))
    assert rule in RULES


def test_every_rule_has_a_case_that_breaks_it() -> None:
    [mark] = [each for each in test_a_broken_rule_is_named.pytestmark if each.name == "parametrize"]
    assert {rule for rule, _ in mark.args[1]} == RULES.keys()
