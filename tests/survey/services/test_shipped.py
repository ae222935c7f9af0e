"""What the program works with by itself is there from the start, and goes with the services."""

from dataclasses import replace

import pytest

from survey.domain.loading import read
from survey.domain.records import Comparison, Service
from survey.domain.reporting import REPORT
from survey.errors import QuestionnaireClosed
from survey.questionnaires import library
from survey.services.scores import HANDLING
from survey.services.shipped import Shipped
from tests.support.application import NOON, Running


def shipped(here: Running) -> Shipped:
    """As in a process that has prepared nothing yet."""
    return Shipped(here.core.begin, here.core.catalogue, library.shipped())


async def offered(here: Running, key: str) -> tuple[int, set[str]]:
    """The number of its newest version, and the services that it asks about."""
    published = (await here.core.catalogue.get(key)).published
    question = published.questionnaire.question("service")
    return published.version.number, {each.name for each in question.closed_choices}


async def put(here: Running, *services: Service) -> None:
    async with here.core.begin() as work:
        await work.organisation.put_services(services)
        await work.commit()


@pytest.mark.parametrize("key", [REPORT, HANDLING])
async def test_it_is_published_once_and_again_when_there_is_another_service(
    key: str, here: Running
) -> None:
    process = shipped(here)
    for _ in range(2):
        await process.prepare(key, open_link=True)
    number, before = await offered(here, key)
    assert number == 1
    await put(here, Service("parking", "Parking", systems=("Permits",)))

    for each in (process, shipped(here), process):
        await each.prepare(key, open_link=True)

    assert await offered(here, key) == (2, {*before, "parking"})


async def test_a_service_that_is_archived_is_asked_about_no_more(here: Running) -> None:
    process = shipped(here)
    await process.prepare(REPORT, open_link=True)
    services = await here.core.organisation.services()
    [payroll] = [each for each in services if each.key == "payroll"]
    await put(here, replace(payroll, ended_at=NOON))

    await process.prepare(REPORT, open_link=True)

    assert "payroll" not in (await offered(here, REPORT))[1]


async def test_what_a_body_says_in_its_own_words_or_has_closed_is_left_as_it_is(
    here: Running,
) -> None:
    text = library.shipped()[REPORT].replace("What happened", "What went wrong")
    assert text != library.shipped()[REPORT]
    await here.core.catalogue.publish(
        read(text, name="own.yaml"), decide=lambda _: Comparison.SAME_SERIES, open_link=True
    )
    await put(here, Service("parking", "Parking"))
    await shipped(here).prepare(REPORT, open_link=True)
    assert (await offered(here, REPORT))[0] == 1

    await here.core.catalogue.close(REPORT)
    await shipped(here).prepare(REPORT, open_link=True)
    assert (await here.core.catalogue.get(REPORT)).row.closed_at is not None


async def test_without_a_service_there_is_nothing_to_report_about(here: Running) -> None:
    services = await here.core.organisation.services()
    await put(here, *(replace(each, ended_at=NOON) for each in services))

    with pytest.raises(QuestionnaireClosed):
        await shipped(here).prepare(REPORT, open_link=True)
