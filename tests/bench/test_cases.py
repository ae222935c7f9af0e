"""What the measure of lists and searches of problem reports fills a database with, and asks."""

from random import Random
from uuid import uuid4

from survey.domain.accounts import Grant, Role
from survey.domain.case_access import Looker
from survey.domain.case_records import CaseQuery
from tests.bench.measures.cases import LISTS, SEARCHES, fill
from tests.support.application import Running


async def test_every_question_of_the_measure_can_be_asked_of_what_it_filled(here: Running) -> None:
    await fill(here.core, 60)
    looker = Looker(
        uuid4(), frozenset({Grant(Role.ADMINISTRATOR)}), await here.core.organisation.trees()
    )

    now, chance = here.clock.now(), Random("test")
    found = {
        name: await here.core.cases.count(ask(chance, now), looker)
        for name, ask in {**LISTS, **SEARCHES}.items()
    }

    everything = await here.core.cases.count(CaseQuery(restricted=True), looker)
    assert everything == 60
    assert 0 < found["open"] < found["closed"] < everything
    assert found["the beginning of a word"] > 0
