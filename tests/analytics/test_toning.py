"""Comments get their tone from the worker; a page only reads it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from analytics import toning
from analytics.comments import ToneWord
from survey.db.tables import tones
from survey.services.responses import Offered
from tests.support.application import Running, running

PRAISE = "This is a good and helpful service"
COMPLAINT = "The rota is terrible"
WELSH = "Mae’r gwasanaeth yn dda"


@pytest.fixture
async def shown(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    """The application where comments are shown, with a pulse that takes answers."""
    async with running(database_url, tmp_path, demo=True) as here:
        await here.publish("people-pulse")
        yield here


async def answer(here: Running, *comments: str, language: str = "en") -> None:
    for comment in comments:
        await here.core.responses.accept(
            Offered("people-pulse", "oakfield", language, {"pride": 4, "comment": comment}),
            open_only=True,
            scope="test",
            idempotency_key=None,
        )


async def open_boxes(here: Running) -> None:
    await here.core.catalogue.close("people-pulse")
    await here.core.boxes.open_due()


async def words(here: Running) -> dict[str, ToneWord]:
    found = await here.figures.comments.latest("people-pulse", most=50)
    return {each.text: each.tone for each in found}


async def test_a_comment_waits_for_its_tone(shown: Running) -> None:
    await answer(shown, *[PRAISE] * 9, COMPLAINT)
    await open_boxes(shown)
    before = await words(shown)

    await shown.figures.toning.score_due()

    assert set(before.values()) == {ToneWord.NOT_SCORED_YET}
    assert await words(shown) == {PRAISE: ToneWord.POSITIVE, COMPLAINT: ToneWord.NEGATIVE}


async def test_what_lies_in_a_closed_box_is_not_read(shown: Running) -> None:
    await answer(shown, *[PRAISE] * 9)

    assert await shown.figures.toning.score_due() == 0


async def test_the_same_words_are_scored_once(shown: Running) -> None:
    await answer(shown, *[PRAISE] * 9, COMPLAINT)
    await open_boxes(shown)

    assert await shown.figures.toning.score_due() == 2
    assert await shown.figures.toning.score_due() == 0


async def test_more_than_one_run_can_do_waits_for_the_next(shown: Running) -> None:
    await answer(shown, *(f"{PRAISE}, {number}" for number in range(10)))
    await open_boxes(shown)

    runs = [await shown.figures.toning.score_due(limit=4) for _ in range(4)]

    assert runs == [4, 4, 2, 0]


async def test_words_that_the_lexicon_does_not_know_are_not_scored(shown: Running) -> None:
    await answer(shown, *["The rota"] * 10)
    await open_boxes(shown)

    await shown.figures.toning.score_due()

    assert await words(shown) == {"The rota": ToneWord.NOT_SCORED}
    assert await shown.figures.toning.score_due() == 0


async def test_other_languages_and_rare_ones_are_never_scored(shown: Running) -> None:
    await answer(shown, *[WELSH] * 10, language="cy")
    await answer(shown, *[PRAISE] * 9)  # in a box where too few chose English
    await open_boxes(shown)

    assert await shown.figures.toning.score_due() == 0
    assert await words(shown) == {WELSH: ToneWord.NOT_SCORED, PRAISE: ToneWord.NOT_SCORED}


async def test_a_new_analyser_scores_anew(shown: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    await answer(shown, *[PRAISE] * 10)
    await open_boxes(shown)
    with monkeypatch.context() as patch:
        patch.setattr(toning, "analyser", lambda: "of before")
        patch.setattr("analytics.tone.analyser", lambda: "of before")
        await shown.figures.toning.score_due()

    assert await words(shown) == {PRAISE: ToneWord.NOT_SCORED_YET}
    assert await shown.figures.toning.score_due() == 1
    assert await words(shown) == {PRAISE: ToneWord.POSITIVE}


async def test_nothing_kept_beside_a_tone_tells_the_words_or_the_day(shown: Running) -> None:
    await answer(shown, *[PRAISE] * 10)
    await open_boxes(shown)
    await shown.figures.toning.score_due()

    async with shown.core.database.reading() as connection:
        (kept,) = (await connection.execute(select(tones))).all()

    assert len(kept.digest) == 32
    assert kept.digest != toning.digest_of(PRAISE, key=b"")
    assert kept.month.day == 1
