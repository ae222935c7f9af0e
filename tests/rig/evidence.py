"""Collects what is known after a run, with nothing of the program running."""

import json
import re
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select

from survey.db import tables
from survey.domain.answers import to_json
from survey.domain.counting import count_rows
from survey.domain.records import CountKey
from survey.wiring import Application
from tests.rig.house import House
from tests.rig.invariants import Evidence, Kept
from tests.rig.load import Load
from tests.rig.people import People
from tests.telegram.server import FakeTelegram

_IN_THE_CLEAR = frozenset({"responses"})
"""Where answers may be read once their box was opened."""


async def collect(
    core: Application, house: House, telegram: FakeTelegram, load: Load, people: People
) -> Evidence:
    """Everything, from an application opened on the house's database."""
    sealed, unreadable = await _sealed(core)
    responses, recounted = await _responses(core)
    inbox = await _inbox(core)
    hidden = {str(each.answers.get("comment")) for each in sealed}
    return Evidence(
        sent=load.sent,
        delivered=people.delivered(),
        **inbox,
        receipts=await _receipts(core),
        kept=[*sealed, *responses],
        counts=await _counts(core),
        recounted=recounted,
        shown={each.chat: _shown(telegram, each.chat) for each in load.sent if each.chat},
        owed=await _owed(core),
        unreadable=unreadable,
        leaked=[
            *await _in_tables(core, load.marks),
            *_in_files(house, hidden, load.marks),
        ],
    )


async def _rows(core: Application, chosen: Any) -> Sequence[Any]:
    async with core.database.reading() as connection:
        return (await connection.execute(chosen)).all()


async def _sealed(core: Application) -> tuple[list[Kept], list[str]]:
    joined = tables.sealed.join(tables.boxes, tables.boxes.c.id == tables.sealed.c.box)
    chosen = select(tables.boxes.c.questionnaire, tables.sealed).select_from(joined)
    kept, unreadable = [], []
    for row in await _rows(core, chosen):
        try:
            content = json.loads(core.keys.open(row.box, row.blob))
        except (KeyError, ValueError) as error:
            unreadable.append(f"sealed row {row.id}: {type(error).__name__}")
        else:
            kept.append(Kept(row.questionnaire, content["answers"]))
    return kept, unreadable


async def _responses(core: Application) -> tuple[list[Kept], Counter[CountKey]]:
    kept: list[Kept] = []
    counts: Counter[CountKey] = Counter()
    for listed in await core.catalogue.all():
        async with core.begin.read(one_state=True) as work:
            found = [each async for each in work.responses.all(listed.row.key)]
        for each in found:
            answers = {name: to_json(value) for name, value in each.answers.items()}
            kept.append(Kept(each.questionnaire, answers))
            counts.update(count_rows(listed.published.questionnaire, each))
    return kept, counts


async def _counts(core: Application) -> Counter[CountKey]:
    found: Counter[CountKey] = Counter()
    for row in await _rows(core, select(tables.counts)):
        values = dict(row._mapping)
        found[CountKey(**{k: v for k, v in values.items() if k != "n"})] = values["n"]
    return found


async def _receipts(core: Application) -> Counter[str]:
    return Counter(row.reference for row in await _rows(core, select(tables.receipts)))


async def _inbox(core: Application) -> dict[str, Collection[int]]:
    rows = await _rows(core, select(tables.inbox))
    return {
        "applied": [row.update_id for row in rows if row.payload is None],
        "parked": [row.update_id for row in rows if row.parked],
        "waiting": [row.update_id for row in rows if row.payload is not None and not row.parked],
    }


async def _owed(core: Application) -> list[str]:
    chosen = select(tables.conversations.c.owner).where(tables.OWED)
    return [row.owner for row in await _rows(core, chosen)]


def _shown(telegram: FakeTelegram, chat: int) -> tuple[str, int]:
    """The text of the last message that this person saw, and how many the bot sent."""
    texts = [each.text for each in telegram.ledger.shown(chat) if each.message_id and each.text]
    return (texts[-1] if texts else ""), len(telegram.ledger.sent_to(chat))


async def _in_tables(core: Application, marks: re.Pattern[bytes]) -> list[str]:
    """Where a comment stands in a table in which no answer may be read."""
    faults = []
    for table in tables.metadata.sorted_tables:
        if table.name in _IN_THE_CLEAR:
            continue
        for row in await _rows(core, select(table)):
            said = b" ".join(v if isinstance(v, bytes) else str(v).encode() for v in row)
            faults += [f"{table.name}: {mark.decode()}" for mark in marks.findall(said)]
    return faults


def _in_files(house: House, hidden: Collection[str], marks: re.Pattern[bytes]) -> list[str]:
    """Where SQLite's files hold what is still sealed, or the log of the program any comment."""
    faults = []
    if house.url.startswith("sqlite:///"):
        path = Path(house.url.removeprefix("sqlite:///"))
        for file in (path, path.with_name(f"{path.name}-wal")):
            found = {mark.decode() for mark in marks.findall(_content(file))}
            faults += [f"{file.name}: {mark}" for mark in found & {*hidden}]
    said = marks.findall(_content(house.log))
    return faults + [f"{house.log.name}: {mark.decode()}" for mark in said]


def _content(file: Path) -> bytes:
    return file.read_bytes() if file.exists() else b""
