"""One random history of an installation, checked after every event."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

from sqlalchemy import func, select

from analytics.disclosure import CellStatus
from survey.db import tables
from survey.domain.calendar import add_months, local_month
from survey.domain.counting import count_rows
from survey.domain.loading import read
from survey.domain.measures import answered
from survey.domain.questionnaire import Privacy
from survey.domain.records import CellKey, Comparison, CountKey, PublishedCell
from survey.errors import QuestionnaireClosed
from survey.questionnaires import library
from survey.services.responses import Offered
from tests.support.application import Running, TestClock, running

QUESTIONNAIRES: Final = ("people-pulse", "service-satisfaction", "department-relationship")
UNITS: Final = ("oakfield", "elmwood", "adult-social-care", "schools")
_PULSE: Final = ("pride", "advocacy", "attachment", "inspiration", "motivation", "leadership")
_EVENTS: Final[Mapping[str, int]] = {
    "submissions": 10,
    "ticks": 6,
    "imports": 2,
    "rebuildings": 1,
    "days": 3,
    "closings": 1,
    "publications": 2,
    "restarts": 1,
}
_LENGTH: Final = (15, 40)


async def play(url: str, folder: Path, chance: Random) -> Counter[str]:
    """Play one history on an empty database and count what happened in it.

    Raises: AssertionError, where an invariant of `_World.check` does not hold.
    """
    clock = TestClock()
    world = _World(url, folder, chance, clock)
    async with world.open() as here:
        for key in QUESTIONNAIRES:
            await here.publish(key)
    covered: Counter[str] = Counter()
    events = chance.choices(
        list(_EVENTS), weights=list(_EVENTS.values()), k=chance.randint(*_LENGTH)
    )
    while events:
        # Up to the next restart in one process.
        async with world.open() as here:
            while events:
                event = events.pop()
                covered[event] += 1
                if event == "restarts":
                    break
                covered += await getattr(world, f"on_{event}")(here)
                await world.check(here)
    async with world.open() as here:
        await world.end(here)
    return covered


class _World:
    """What was accepted, and what must be true of the database because of it."""

    def __init__(self, url: str, folder: Path, chance: Random, clock: TestClock) -> None:
        self._url, self._folder, self._chance, self._clock = url, folder, chance, clock
        self._accepted: Counter[str] = Counter()
        self._closed: set[str] = set()
        self._numbers = iter(range(10**9))
        self._shown: dict[CellKey, PublishedCell] = {}

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Running]:
        async with running(self._url, self._folder, clock=self._clock) as here:
            yield here

    async def on_submissions(self, here: Running) -> Counter[str]:
        """Several at once; one in five is sent again with its idempotency key."""
        key = self._chance.choice(QUESTIONNAIRES)
        sent = [self._offered(key) for _ in range(self._chance.randint(1, 14))]
        promises = [f"history-{next(self._numbers):020}" for _ in sent]
        repeated = [number for number in range(len(sent)) if self._chance.random() < 0.2]
        receipts = await asyncio.gather(
            *(self._accept(here, sent[at], promises[at]) for at in [*range(len(sent)), *repeated])
        )
        taken = set(receipts) - {None}
        assert len(taken) == (0 if key in self._closed else len(sent)), "a receipt each"
        self._accepted[key] += len(taken)
        return Counter({"responses sent": len(taken), "repeats": len(repeated)})

    async def _accept(self, here: Running, offered: Offered, promise: str) -> str | None:
        try:
            receipt = await here.core.responses.accept(
                offered, open_only=True, scope="history", idempotency_key=promise
            )
        except QuestionnaireClosed:
            return None
        return str(receipt.id)

    async def on_ticks(self, here: Running) -> Counter[str]:
        await here.tick()
        await here.core.boxes.forget_spent()
        return Counter()

    async def on_imports(self, here: Running) -> Counter[str]:
        """A file of the pulse, of this month and the two before."""
        month = local_month(self._clock.now(), here.core.settings.zone)
        months = [add_months(month, -back) for back in range(3)]
        rows = []
        for _ in range(self._chance.randint(1, 25)):
            day = self._chance.choice(months)
            scales = [str(self._chance.randint(1, 5)) for _ in _PULSE]
            rows.append(f"{day},{self._chance.choice(UNITS)},{','.join(scales)}")
        rows.append(f"{months[0]},oakfield,{','.join('3' for _ in _PULSE)}")
        number = next(self._numbers)
        file = self._folder / f"import-{number}.csv"
        header = f"submitted_on,unit,{','.join(_PULSE)},comment"
        file.write_text("\n".join([header, *(f"{row},{number}" for row in rows), ""]))
        done = await here.core.responses.import_file(
            "people-pulse", lambda: file.open("rb"), name=file.name
        )
        self._accepted["people-pulse"] += done
        return Counter({"responses imported": done})

    async def on_rebuildings(self, here: Running) -> Counter[str]:
        await here.core.responses.rebuild_counts(self._chance.choice(QUESTIONNAIRES))
        return Counter()

    async def on_days(self, here: Running) -> Counter[str]:
        self._clock.advance(timedelta(days=self._chance.randint(1, 24)))
        return Counter()

    async def on_closings(self, here: Running) -> Counter[str]:
        key = self._chance.choice(QUESTIONNAIRES)
        await here.core.catalogue.close(key)
        self._closed.add(key)
        return Counter()

    async def on_publications(self, here: Running) -> Counter[str]:
        """A new version with a changed question, which may or may not be compared."""
        key = self._chance.choice(QUESTIONNAIRES)
        number = next(self._numbers)
        content = library.shipped()[key]
        content = content.replace("en: Overall,", f"en: All in all ({number}),")
        content = content.replace('en: "I am proud', f'en: "I ({number}) am proud')
        decided = self._chance.choice(list(Comparison))
        await here.core.catalogue.publish(
            read(content, name=f"{key}.yaml"), decide=lambda _: decided, open_link=True
        )
        self._closed.discard(key)
        return Counter()

    async def end(self, here: Running) -> None:
        """After closing, nothing waits any more."""
        for key in QUESTIONNAIRES:
            await here.core.catalogue.close(key)
        await here.tick()
        await self.check(here)
        async with here.core.database.reading() as connection:
            waiting = await connection.scalar(select(func.count()).select_from(tables.sealed))
        assert waiting == 0, "a closed questionnaire leaves nothing in its boxes"

    async def check(self, here: Running) -> None:
        """Responses and sealed rows are what was accepted; counts are what responses say; no
        figure rests on fewer than the floor, or moved by fewer while its period lasts."""
        for key in QUESTIONNAIRES:
            published = (await here.core.catalogue.get(key)).published
            counts: Counter[CountKey] = Counter()
            async with here.core.begin.read(one_state=True) as work:
                responses = [each async for each in work.responses.all(key)]
                cells = await work.cells.of(key)
            for each in responses:
                version = await here.core.catalogue.version(key, each.version)
                counts.update(count_rows(version.questionnaire, each))
            assert len(responses) + await self._waiting(here, key) == self._accepted[key], key
            assert await self._counts(here, key) == counts, key
            if published.questionnaire.privacy is not Privacy.ATTRIBUTED:
                for cell in cells.values():
                    self._check_cell(cell, floor=published.version.floor)

    def _check_cell(self, cell: PublishedCell, *, floor: int) -> None:
        if cell.status not in (CellStatus.PUBLISHED, CellStatus.BANDED):
            carried = (cell.value, cell.value_band, cell.n, cell.n_band, cell.low, cell.high)
            assert carried == (None,) * 6, cell.key
            return
        people = answered(cell.basis)
        assert people >= floor, cell.key
        before = self._shown.get(cell.key)
        if before is not None and before.basis != cell.basis and not cell.final:
            assert people - answered(before.basis) >= floor, cell.key
        self._shown[cell.key] = cell

    async def _waiting(self, here: Running, key: str) -> int:
        chosen = (
            select(func.count())
            .select_from(tables.sealed.join(tables.boxes, tables.boxes.c.id == tables.sealed.c.box))
            .where(tables.boxes.c.questionnaire == key)
        )
        async with here.core.database.reading() as connection:
            return int(await connection.scalar(chosen) or 0)

    async def _counts(self, here: Running, key: str) -> Counter[CountKey]:
        chosen = tables.counts.select().where(tables.counts.c.questionnaire == key)
        async with here.core.database.reading() as connection:
            rows = [dict(row) for row in (await connection.execute(chosen)).mappings()]
        return Counter({CountKey(**row): n for row in rows for n in [row.pop("n")]})

    def _offered(self, key: str) -> Offered:
        chance = self._chance
        language = "cy" if chance.random() < 0.2 else "en"
        answers: dict[str, Any]
        if key == "people-pulse":
            asked = [name for name in _PULSE if chance.random() < 0.9]
            answers = {name: chance.randint(1, 5) for name in asked}
        elif key == "service-satisfaction":
            answers = {
                "service": chance.choice(("hr", "payroll", "it")),
                "satisfaction": chance.randint(1, 5),
                "ease": chance.randint(1, 7),
                "resolved_first_time": chance.choice(("yes", "no")),
                "recommend": chance.randint(0, 10),
            }
            if answers["satisfaction"] <= 2:
                answers["why"] = "Slow"
        else:
            answers = {"satisfaction": chance.randint(1, 5), "recommend": chance.randint(0, 10)}
        return Offered(key, chance.choice(UNITS), language, answers)
