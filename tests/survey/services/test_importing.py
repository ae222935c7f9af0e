"""Lists of people and units: shown first, kept whole or not at all, and never twice."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from survey.db import tables
from survey.domain.audit import OPERATOR
from survey.domain.people import Join, Person
from survey.domain.plan import Plan
from survey.domain.records import Unit
from survey.domain.staffing import Duplicates
from survey.errors import FieldsRejected, NeedsConfirmation
from survey.services.importing import Importing
from tests.support.application import NOON, UNITS, Running, running

ROOT = Path(__file__).resolve().parents[3]

HEADER = "key,name,unit\n"
THREE = HEADER + "e1,Ann Byrne,oakfield\ne2,Ben Cole,elmwood|schools\ne3,Cai Dee,\n"
UNIT_LINES = "key,name,kind,parent\n" + "".join(
    f"{unit.key},{unit.name},{unit.kind},{unit.parent or ''}\n" for unit in UNITS
)


def content(text: str) -> Callable[[], BytesIO]:
    return lambda: BytesIO(text.encode())


async def take(here: Running, text: str, **more: Any) -> Plan[Person]:
    given: dict[str, Any] = {"by": OPERATOR, "confirmed": 0} | more
    return await here.core.importing.import_people(content(text), "people.csv", **given)


async def take_units(here: Running, text: str, **more: Any) -> Plan[Unit]:
    given: dict[str, Any] = {"by": OPERATOR, "confirmed": 0} | more
    return await here.core.importing.import_units(content(text), "units.csv", **given)


async def everybody(here: Running) -> dict[str, Person]:
    async with here.core.begin.read(one_state=True) as work:
        return {person.key: person async for person in work.people.all()}


async def notes(here: Running) -> list[tuple[str, dict[str, Any]]]:
    async with here.core.database.reading() as connection:
        rows = await connection.execute(select(tables.audit).order_by(tables.audit.c.number))
        return [(row.action, row.details) for row in rows]


async def test_a_list_is_planned_and_then_kept_as_planned(here: Running) -> None:
    planned = await here.core.importing.plan_people(content(THREE), "people.csv")
    before = await everybody(here)
    done = await take(here, THREE)

    people = await everybody(here)
    assert (before, planned.counts, done.counts["added"]) == ({}, done.counts, 3)
    assert [people[key].units for key in ("e1", "e2", "e3")] == [
        ("oakfield",),
        ("elmwood", "schools"),
        (),
    ]
    assert {person.created_at for person in people.values()} == {NOON}
    assert await notes(here) == [("people.imported", dict(done.counts))]


async def test_a_second_import_of_the_same_list_changes_nothing(here: Running) -> None:
    """B53."""
    await take(here, THREE)
    before = await everybody(here)

    again = await take(here, THREE)

    assert (again.changes_nothing, again.unchanged) == (True, 3)
    assert await everybody(here) == before
    assert len(await notes(here)) == 1


async def test_whoever_is_left_out_is_deactivated_and_their_links_end(here: Running) -> None:
    others = "".join(f"o{number},Other {number},schools\n" for number in range(8))
    await take(here, THREE + others)
    gone = (await everybody(here))["e3"]
    async with here.core.begin() as work:
        await work.joins.put([Join(b"link", gone.id, NOON.replace(year=2027))])
        await work.commit()

    left = await take(here, THREE.replace("e3,Cai Dee,\n", "") + others)
    away = (await everybody(here))["e3"]
    back = await take(here, THREE + others)

    assert (len(left.removed), len(back.returned)) == (1, 1)
    assert away == replace(gone, ended_at=NOON, revision=2)
    assert (await everybody(here))["e3"] == replace(gone, revision=3)
    async with here.core.begin.read() as work:
        assert await work.joins.find(b"link", now=NOON) is None


async def test_a_list_that_takes_out_a_third_stops_for_a_yes(here: Running) -> None:
    """B55."""
    await take(here, THREE)
    shorter = THREE.replace("e3,Cai Dee,\n", "")

    with pytest.raises(NeedsConfirmation) as stopped:
        await take(here, shorter)
    kept = {key for key, person in (await everybody(here)).items() if not person.ended_at}
    others_kept = await take(here, shorter, whole=False)
    done = await take(here, shorter, confirmed=None)

    assert (stopped.value.removed, stopped.value.present) == (1, 3)
    assert str(stopped.value) == "it would deactivate 1 of 3 people (33%)"
    assert (kept, others_kept.changes_nothing) == ({"e1", "e2", "e3"}, True)
    assert [person.key for person in done.removed] == ["e3"]


async def test_possible_duplicates_wait_for_a_decision(here: Running) -> None:
    """B53."""
    await take(here, THREE)
    text = THREE + "e9,ANN BYRNE,oakfield\n"

    with pytest.raises(FieldsRejected) as refused:
        await take(here, text)
    skipped = await take(here, text, duplicates=Duplicates.SKIP)
    added = await take(here, text, duplicates=Duplicates.ADD)

    fault = refused.value.faults[0]
    assert (fault.path, fault.code) == (("people.csv", "5", "key"), "possible_duplicate")
    assert "'e9' is new and may be 'e1', who has the same name and place" in fault.message
    assert (skipped.changes_nothing, [each.after.key for each in added.added]) == (True, ["e9"])


async def test_one_faulty_row_keeps_the_whole_list_out(here: Running) -> None:
    rows = "".join(f"e{number},Name {number},oakfield\n" for number in range(3_000))

    with pytest.raises(FieldsRejected) as refused:
        await take(here, HEADER + rows + "x1,Ann,oakfeild\n")

    fault = refused.value.faults[0]
    assert fault.path == ("people.csv", "3002", "unit")
    assert fault.message == "'oakfeild' is not a unit (did you mean 'oakfield'?)"
    assert await everybody(here) == {}


async def test_whoever_was_erased_does_not_come_back_by_a_list(here: Running) -> None:
    class Erased:
        async def among(self, people: Mapping[str, str]) -> set[str]:
            return {"e2"} & people.keys()

    importing = Importing(here.core.begin, here.clock, here.core.ids, Erased())

    done = await importing.import_people(content(THREE), "p.csv", by=OPERATOR, confirmed=0)

    assert (sorted(await everybody(here)), done.skipped) == (["e1", "e3"], 1)


async def test_what_somebody_changes_meanwhile_is_planned_anew(
    here: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    await take(here, THREE)
    ann = (await everybody(here))["e1"]
    keep = Importing._keep_people
    tries: list[int] = []

    async def after_an_edit(self: Importing, *given: Any) -> None:
        tries.append(1)
        if len(tries) == 1:
            await here.core.people.edit(
                ann.id, name="Ann Byrne", language="cy", expected_revision=1, by=OPERATOR
            )
        await keep(self, *given)

    monkeypatch.setattr(Importing, "_keep_people", after_an_edit)
    await take(here, THREE.replace("Ann Byrne", "Ann Jones"))

    now = (await everybody(here))["e1"]
    assert (now.name, now.language, now.revision, len(tries)) == ("Ann Jones", "cy", 3, 2)


async def test_an_import_that_fails_on_the_way_keeps_nothing(here: Running) -> None:
    """B56: at any row."""
    await take(here, THREE)
    before = await everybody(here)
    rows = "".join(f"n{number},Name {number},oakfield\n" for number in range(5_000))

    def fail(what: str, done: int) -> None:
        if what == "kept" and done >= 4_000:
            raise RuntimeError("the power went")

    with pytest.raises(RuntimeError):
        await take(here, THREE + rows, progress=fail)

    assert await everybody(here) == before
    assert len(await notes(here)) == 1


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from survey.domain.audit import OPERATOR
from tests.support.application import running

def die(what, done):
    if what == "kept" and done >= 4000:
        os.kill(os.getpid(), signal.SIGKILL)

async def main(url, folder):
    async with running(url, folder) as here:
        await here.core.importing.import_people(
            lambda: (folder / "p.csv").open("rb"),
            "p.csv",
            by=OPERATOR,
            confirmed=None,
            progress=die,
        )

asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
"""


async def test_an_import_that_is_killed_keeps_nothing_and_can_be_run_again(
    database_url: str, tmp_path: Path
) -> None:
    """B56: neither half nor double."""
    rows = "".join(f"n{number},Name {number},oakfield\n" for number in range(5_000))
    (tmp_path / "p.csv").write_text(HEADER + rows)
    async with running(database_url, tmp_path) as here:
        await take(here, HEADER + "e1,Ann Byrne,oakfield\n")

    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        KILLED,
        database_url,
        str(tmp_path),
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    code = await process.wait()

    async with running(database_url, tmp_path) as here:
        after_the_kill = [key for key, person in (await everybody(here)).items()]
        done = await take(here, HEADER + rows, confirmed=None)
        again = await take(here, HEADER + rows)
        async with here.core.database.reading() as connection:
            places = await connection.scalar(select(func.count()).select_from(tables.memberships))
    assert (code, after_the_kill) == (-signal.SIGKILL, ["e1"])
    assert (len(done.added), len(done.removed), again.unchanged) == (5_000, 1, 5_000)
    assert places == 5_001


async def test_units_are_planned_and_kept_and_a_second_time_changes_nothing(here: Running) -> None:
    text = UNIT_LINES.replace("Elmwood School", "Elmwood Academy") + "new,New,school,schools\n"

    planned = await here.core.importing.plan_units(content(text), "units.csv")
    done = await take_units(here, text)
    again = await take_units(here, text)

    assert (planned.counts, done.counts["added"], done.counts["changed"]) == (done.counts, 1, 1)
    assert (again.changes_nothing, again.unchanged) == (True, 5)
    assert await notes(here) == [("units.imported", dict(done.counts))]


async def test_a_unit_that_is_left_out_ends_unless_people_stand_for_it(here: Running) -> None:
    """B44."""
    await take(here, THREE)
    without = {
        key: "".join(line for line in UNIT_LINES.splitlines(True) if not line.startswith(key))
        for key in ("elmwood", "adult-social-care")
    }

    with pytest.raises(FieldsRejected) as refused:
        await take_units(here, without["elmwood"])
    done = await take_units(here, without["adult-social-care"])
    with pytest.raises(FieldsRejected) as closed:
        await take(here, THREE.replace("e3,Cai Dee,", "e3,Cai Dee,adult-social-care"))

    assert refused.value.faults[0].message == (
        "it leaves out 'elmwood', but 1 person stands for it: move them first, or keep the others"
    )
    assert [unit.key for unit in done.removed] == ["adult-social-care"]
    async with here.core.begin.read() as work:
        kept = await work.organisation.unit("adult-social-care")
    assert kept == replace(UNITS[3], ended_at=NOON, revision=2)
    assert closed.value.faults[0].code == "no_unit"


async def test_a_unit_file_that_ends_a_third_stops_for_a_yes(here: Running) -> None:
    """B55."""
    text = "key,name,kind,parent\nadult-social-care,Adult Social Care,department,\n"

    with pytest.raises(NeedsConfirmation):
        await take_units(here, text)
    done = await take_units(here, text, confirmed=None)

    assert len(done.removed) == 3


async def test_b55_a_word_for_so_many_does_not_stand_for_more(here: Running) -> None:
    """The list was changed since somebody read how many would leave."""
    await take(
        here, HEADER + "".join(f"e{number},Name {number},oakfield\n" for number in range(10))
    )
    fewer = HEADER + "".join(f"e{number},Name {number},oakfield\n" for number in range(6))

    with pytest.raises(NeedsConfirmation) as stopped:
        await take(here, fewer, confirmed=3)
    await take(here, fewer, confirmed=4)

    assert stopped.value.removed == 4
    assert sum(person.ended_at is None for person in (await everybody(here)).values()) == 6
