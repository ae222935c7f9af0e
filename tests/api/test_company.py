"""Invented people who answer beside a visitor of the demonstration."""

from random import Random

import pytest

from api.app import create_app
from api.demonstration.company import ANSWERED_TOO, answer_too
from api.demonstration.people import INVENTORS
from survey.errors import QuestionnaireClosed
from survey.services.responses import Offered
from tests.support.application import Running
from tests.support.web import browsing


@pytest.mark.parametrize("survey", ANSWERED_TOO)
async def test_they_are_one_too_few_for_a_box_until_a_visitor_has_answered(
    demonstration: Running, survey: str
) -> None:
    core, publication = demonstration.core, demonstration.figures.publication
    given = next(INVENTORS[survey](Random(1), 0))
    visitor = Offered(survey, given.unit, given.language, given.answers)

    others = await answer_too(core, survey, Random(2))
    await demonstration.tick()
    before = publication.rounds
    await core.responses.accept(visitor, open_only=True, scope=survey, idempotency_key=None)
    await demonstration.tick()

    assert others == 9
    assert [before, publication.rounds] == [0, 1]


async def test_nobody_answers_a_closed_survey(demonstration: Running) -> None:
    await demonstration.core.catalogue.close("people-pulse")
    with pytest.raises(QuestionnaireClosed):
        await answer_too(demonstration.core, "people-pulse", Random(2))


async def test_a_visitor_calls_them_by_a_button_beside_the_trends(demonstration: Running) -> None:
    heard: list[bool] = []
    app = create_app(
        demonstration.core, demonstration.figures, on_submission=lambda: heard.append(True)
    )
    async with browsing(app) as sian:
        alone = (await sian.http.get("/chat")).text
        beside = (await sian.http.get("/chat?beside=trends&language=en")).text
        await sian.opens("/chat?language=en")
        called = sian.sending("forget").with_(action="company", survey="people-pulse")
        await sian.sends(called)
        told = sian.page.one("p", id="toast").text
        await sian.sends(called.with_(survey="member-it"))

    assert 'name="survey"' not in alone
    assert 'value="people-pulse">Staff pulse</button>' in beside
    assert told == "9 invented people have answered too."
    assert heard == [True]
    assert sian.status == 404
