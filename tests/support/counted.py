"""Responses and figures that are simply there, without the journey to them."""

from collections.abc import Sequence
from datetime import date

from survey.domain.counting import Counting
from survey.domain.records import CellKey, Period, PublishedCell, Response
from tests.support.application import NOON, Running

MAY = date(2026, 5, 1)


async def responses_are_kept(here: Running, responses: Sequence[Response]) -> None:
    """With their counts; the version that they answered is published."""
    counting = Counting()
    for each in responses:
        published = await here.core.catalogue.version(each.questionnaire, each.version)
        counting.add(published.questionnaire, each)
    async with here.core.begin() as work:
        await work.responses.add(responses, counting.total())
        await work.commit()


def a_response(questionnaire: str, unit: str, **answers: object) -> Response:
    return Response(
        questionnaire=questionnaire,
        version=1,
        series=1,
        month=MAY,
        wave="",
        unit=unit,
        language="en",
        answers=answers,  # type: ignore[arg-type]  # each as the question has it
    )


async def a_figure_is_published(
    here: Running, questionnaire: str, *, unit: str = "", service: str = ""
) -> None:
    cell = PublishedCell(
        key=CellKey(questionnaire, 1, "satisfaction", unit, service, Period.MONTH, MAY),
        end=date(2026, 5, 31),
        status="published",
        value="68.5",
        value_band=None,
        n=100,
        n_band=None,
        low="60.1",
        high="75.9",
        as_of=NOON,
        final=True,
        basis={"4": 60, "5": 40},
    )
    async with here.core.begin() as work:
        await work.cells.put([cell])
        await work.commit()
