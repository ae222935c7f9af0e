"""Sealed submissions become responses in boxes of at least the floor."""

from datetime import date, timedelta

from survey.domain.records import Response
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
    async with here.core.begin.read() as work:
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

    def boxes() -> int:
        return sum(1 for path in keys.rglob("*") if path.is_file() and "box" in str(path))

    await here.tick()
    await here.core.boxes.forget_spent()
    while_open = boxes()
    here.clock.advance(timedelta(days=20))
    await here.core.boxes.forget_spent()

    assert (while_open, boxes()) == (1, 0)


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
