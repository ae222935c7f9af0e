"""Sealed submissions become responses in boxes of at least the floor."""

import asyncio
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from survey.db.keys import FileKeys
from survey.db.tables import boxes, sealed
from survey.domain.records import InboxRow, Response, UpdateKey
from survey.errors import Busy
from survey.services import boxes as boxes_service
from survey.services.boxes import rounds
from survey.services.responses import Offered
from tests.support.application import Running

PULSE = {"pride": 4, "advocacy": 4, "attachment": 3, "inspiration": 4, "motivation": 5}


async def send(here: Running, count: int, *, language: str = "en", unit: str = "oakfield") -> None:
    for _ in range(count):
        await here.core.responses.accept(
            Offered("people-pulse", unit, language, PULSE),
            open_only=True,
            scope="test",
            idempotency_key=None,
        )


async def responses(here: Running) -> list[Response]:
    async with here.core.begin.read(one_state=True) as work:
        return [each async for each in work.responses.all("people-pulse")]


async def test_nine_confidential_answers_wait_and_the_tenth_opens_the_box(here: Running) -> None:
    await here.publish("people-pulse")

    await send(here, 9)
    await here.tick()
    waiting = await responses(here)
    await send(here, 1)
    await here.tick()

    assert (len(waiting), len(await responses(here))) == (0, 10)


async def test_what_waits_is_opened_when_the_month_is_over(here: Running) -> None:
    await here.publish("people-pulse")
    await send(here, 3)

    here.clock.advance(timedelta(days=20))
    await here.tick()

    assert [each.month for each in await responses(here)] == [date(2026, 5, 1)] * 3


async def test_what_waits_is_opened_when_the_questionnaire_closes(here: Running) -> None:
    await here.publish("people-pulse")
    await send(here, 3)

    await here.core.catalogue.close("people-pulse")
    await here.tick()

    assert len(await responses(here)) == 3


async def test_a_rare_language_is_not_kept_with_the_answers(here: Running) -> None:
    await here.publish("people-pulse")

    await send(here, 11)
    await send(here, 2, language="cy")
    await here.tick()

    assert sorted(each.language for each in await responses(here)) == ["", ""] + ["en"] * 11


async def test_the_key_of_a_box_is_destroyed_when_its_month_is_over_and_it_is_empty(
    here: Running,
) -> None:
    await here.publish("people-pulse")
    await send(here, 10)
    keys = here.core.settings.key_dir

    def box_keys() -> int:
        return sum(1 for path in keys.rglob("*") if path.is_file() and "box" in str(path))

    await here.tick()
    await here.core.boxes.forget_spent()
    while_open = box_keys()
    here.clock.advance(timedelta(days=20))
    await here.core.boxes.forget_spent()

    assert (while_open, box_keys()) == (1, 0)


async def test_an_update_is_forgotten_after_seven_whole_days(here: Running) -> None:
    row = InboxRow(UpdateKey(1, 2), 3, b"sealed", "key", here.clock.now())
    async with here.core.begin() as work:
        await work.inbox.store([row])
        await work.inbox.applied(row.key)
        await work.commit()

    here.clock.advance(timedelta(days=8))
    await here.core.boxes.forget_spent()

    async with here.core.begin() as work:
        await work.inbox.store([row])
        assert await work.inbox.waiting(1, limit=1) == [row]


async def test_answers_are_taken_again_after_a_closed_questionnaire_was_published_again(
    here: Running,
) -> None:
    await here.publish("people-pulse")
    await send(here, 10)
    await here.core.catalogue.close("people-pulse")
    await here.tick()
    await here.core.boxes.forget_spent()

    await here.publish("people-pulse")
    await send(here, 10)
    await here.tick()

    assert len(await responses(here)) == 20


async def test_a_log_that_a_reader_held_back_is_emptied_at_a_later_tick(here: Running) -> None:
    await here.publish("people-pulse")
    await send(here, 10)
    emptied = iter([False, True])
    asked = []

    async def empty_log() -> bool:
        asked.append("asked")
        return next(emptied)

    here.core.boxes._after_opening = empty_log
    for _ in range(3):
        await here.core.boxes.open_due()

    assert len(asked) == 2


@pytest.mark.parametrize(
    ("waiting", "floor", "sizes"),
    [
        (0, 10, []),
        (3, 10, [3]),
        (265, 10, [265]),
        (266, 10, [256, 10]),
        (600, 10, [256, 256, 88]),
        (599, 300, [599]),
        (600, 300, [300, 300]),
    ],
)
def test_neither_a_round_nor_what_is_left_after_it_is_fewer_than_the_floor(
    waiting: int, floor: int, sizes: list[int]
) -> None:
    rows = list(range(waiting))

    found = list(rounds(rows, floor=floor))

    assert [len(each) for each in found] == sizes
    assert [row for each in found for row in each] == rows


async def test_an_opening_that_breaks_off_leaves_the_rest_sealed_and_due(
    here: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boxes_service, "ROUND", 10)
    await here.publish("people-pulse")
    await send(here, 35)
    opened = 0

    def opens(keys: FileKeys, box: UUID, content: bytes) -> bytes:
        nonlocal opened
        opened += 1
        if opened > 15:
            raise Busy("the machine is switched off")
        return open_sealed(keys, box, content)

    open_sealed = FileKeys.open
    with monkeypatch.context() as broken:
        broken.setattr(FileKeys, "open", opens)
        with pytest.raises(Busy):
            await here.core.boxes.open_due()
    kept = len(await responses(here))
    async with here.core.begin.read() as work:
        [due] = await work.boxes.due(now_month=date(2026, 5, 1))
    await here.tick()

    assert (kept, due.waiting) == (10, 25)
    assert len(await responses(here)) == 35


async def test_rows_that_two_open_at_once_become_responses_once(
    here: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boxes_service, "ROUND", 10)
    await here.publish("people-pulse")
    await send(here, 35)
    await here.core.catalogue.close("people-pulse")

    both = await asyncio.gather(here.core.boxes.open_due(), here.core.boxes.open_due())
    rest = await here.core.boxes.open_due()

    assert sum(both) + rest == 35
    assert len(await responses(here)) == 35


async def test_a_language_needs_the_floor_in_the_round_with_which_it_was_opened(
    here: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boxes_service, "ROUND", 10)
    await here.publish("people-pulse")

    await send(here, 15)
    await send(here, 15, language="cy")
    await here.tick()

    assert {each.language for each in await responses(here)} == {""}


async def test_a_damaged_row_keeps_its_own_box_shut_and_no_other(here: Running) -> None:
    await here.publish("people-pulse")
    await here.publish("before-a-change")
    await send(here, 10)
    for _ in range(10):
        await here.core.responses.accept(
            Offered("before-a-change", "oakfield", "en", {"told": 4}),
            open_only=True,
            scope="test",
            idempotency_key=None,
        )
    async with here.core.database.writing() as connection:
        damaged = (await connection.execute(select(boxes.c.id, boxes.c.questionnaire))).all()
        broken = next(box.id for box in damaged if box.questionnaire == "before-a-change")
        await connection.execute(
            update(sealed).where(sealed.c.box == broken).values(blob=b"no longer sealed")
        )
        await connection.commit()

    await here.tick()

    assert len(await responses(here)) == 10
