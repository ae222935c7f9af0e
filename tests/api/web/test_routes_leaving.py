"""Leaving and coming back: the same question, the same answers, in the same language."""

from datetime import timedelta
from pathlib import Path

from survey.db.tables import conversations, sealed, sessions
from survey.domain.loading import read
from survey.domain.records import Comparison
from survey.questionnaires import library
from tests.api.web.conftest import count_rows
from tests.support.application import NOON, Running, TestClock, running
from tests.support.web import WebPerson, on_the_web

PULSE = "/s/people-pulse"
ADVOCACY = f"{PULSE}/q/advocacy"


async def after_one_answer(person: WebPerson) -> None:
    await person.comes_to_the_first_question()
    await person.answers("Agree")
    assert person.path == ADVOCACY


async def test_the_link_leads_back_to_the_question_and_says_that_answers_are_there(
    person: WebPerson,
) -> None:
    await after_one_answer(person)

    await person.opens(PULSE)

    assert person.heading.startswith("I would recommend Barnet Council")
    assert "Welcome back. Your earlier answers are still here." in person.text


async def test_thirteen_days_after_the_last_answer_the_same_cookie_goes_on(
    here: Running, person: WebPerson
) -> None:
    await after_one_answer(person)
    here.clock.advance(timedelta(days=13))
    await person.reloads()
    person.chooses("Agree")
    await person.presses("Continue")
    here.clock.advance(timedelta(days=13))
    await person.opens(PULSE)

    assert person.heading.startswith("I feel a strong personal attachment")


async def test_after_that_the_visit_is_over_and_what_was_typed_is_given_back(
    here: Running, person: WebPerson
) -> None:
    await after_one_answer(person)
    late = person.sending("Continue").with_(answer="My long thought")
    here.clock.advance(timedelta(days=15))

    await person.sends(late)
    assert (person.status, person.heading) == (400, "You were away for a long time")
    assert person.kept == ["My long thought"]
    await person.opens(person.page.one("main").one("a").attributes["href"])
    assert person.heading == "Staff pulse"
    await person.presses("Start")
    assert person.path == f"{PULSE}/unit"


async def test_a_lost_session_row_is_made_anew_and_the_answer_is_taken(
    here: Running, person: WebPerson
) -> None:
    await after_one_answer(person)
    async with here.core.database.writing() as connection:
        await connection.execute(sessions.delete())

    await person.reloads()
    assert person.path == ADVOCACY
    person.chooses("Disagree")
    await person.presses("Continue")

    assert person.path == f"{PULSE}/q/attachment"
    await person.opens(ADVOCACY)
    assert person.chosen == ["2"]


async def test_answers_whose_key_is_destroyed_count_as_deleted_and_the_survey_begins_anew(
    here: Running, person: WebPerson
) -> None:
    await after_one_answer(person)
    late = person.sending("Continue").with_(answer="My long thought")
    for key in here.core.settings.key_dir.rglob("draft-*.key"):
        key.unlink()
    here.clock.advance(timedelta(days=1))

    await person.sends(late)
    assert (person.status, person.heading) == (400, "You were away for a long time")
    assert person.kept == ["My long thought"]
    await person.comes_to_the_first_question()
    assert person.path == f"{PULSE}/q/pride"


async def test_not_you_ends_the_earlier_answers_for_good(here: Running, person: WebPerson) -> None:
    await here.publish("service-satisfaction")
    await person.comes_to_the_first_question("/s/service-satisfaction")
    await after_one_answer(person)
    earlier = person.secret
    await person.opens(PULSE)
    await person.presses("Not you? Start again")

    assert (person.path, person.heading) == (PULSE, "Staff pulse")
    assert person.secret != earlier
    assert await count_rows(here, conversations, sessions) == [0, 0]
    person.http.cookies.clear()
    person.http.cookies.set("tellback", earlier or "")
    for path in (ADVOCACY, PULSE, "/s/service-satisfaction"):
        await person.opens(path)
        assert person.has("Start")


async def test_a_new_answer_from_the_same_browser_has_a_receipt_of_its_own(
    here: Running, person: WebPerson
) -> None:
    await person.comes_to_the_check_page()
    await person.presses("Send my answers")
    first = person.receipt
    await person.presses("Start a new answer")
    assert person.heading == "Staff pulse"
    await person.comes_to_the_check_page()
    await person.presses("Send my answers")

    assert person.receipt != first
    assert await count_rows(here, sealed) == [2]


async def test_another_language_keeps_the_question_and_the_answers(person: WebPerson) -> None:
    await after_one_answer(person)
    await person.presses("cy" if person.has("cy") else "Cymraeg")

    assert person.path == ADVOCACY
    assert person.page.one("html").attributes["lang"] == "cy"
    assert person.heading.startswith("Byddwn i'n argymell Barnet Council")
    await person.opens(f"{PULSE}/q/pride")
    assert person.chosen == ["4"]


async def test_the_language_of_the_link_the_choice_and_the_browser_count_in_this_order(
    here: Running,
) -> None:
    await here.publish("people-pulse")

    async def language(person: WebPerson, path: str = PULSE) -> str:
        await person.opens(path)
        return person.page.one("html").attributes["lang"]

    async with on_the_web(here, headers={"Accept-Language": "cy-GB,en;q=0.5"}) as person:
        assert await language(person) == "cy"
        assert await language(person, f"{PULSE}?language=en") == "en"
        await person.presses("Start")
        assert person.page.one("html").attributes["lang"] == "en"
    async with on_the_web(here) as person:
        assert await language(person, f"{PULSE}?language=cy") == "cy"
        await person.presses("English")
        assert person.page.one("html").attributes["lang"] == "en"
        await person.presses("Cymraeg")
        assert await language(person) == "cy"


async def test_a_version_published_meanwhile_does_not_disturb_the_one_begun(
    here: Running, person: WebPerson
) -> None:
    await after_one_answer(person)
    changed = library.shipped()["people-pulse"].replace(
        "I would recommend ${organisation}", "I would praise ${organisation}"
    )
    await here.core.catalogue.publish(
        read(changed, name="people-pulse.yaml"),
        decide=lambda _: Comparison.SAME_SERIES,
        open_link=True,
    )

    await person.reloads()
    assert person.heading.startswith("I would recommend")
    await person.answers(*["Agree"] * 6, "")
    await person.presses("Send my answers")
    assert person.receipt
    async with on_the_web(here) as newcomer:
        await newcomer.comes_to_the_first_question()
        await newcomer.answers("Agree")
        assert newcomer.heading.startswith("I would praise")


async def test_a_restart_in_the_middle_goes_unnoticed(database_url: str, tmp_path: Path) -> None:
    clock = TestClock(NOON)
    async with running(database_url, tmp_path, clock=clock) as here:
        await here.publish("people-pulse")
        async with on_the_web(here) as person:
            await after_one_answer(person)
            open_page, secret = person.sending("Continue").with_(answer="2"), person.secret
    async with running(database_url, tmp_path, clock=clock) as here, on_the_web(here) as person:
        person.http.cookies.set("tellback", secret or "")
        await person.sends(open_page)
        assert person.path == f"{PULSE}/q/attachment"
        await person.answers(*["Agree"] * 5, "")
        await person.presses("Send my answers")
        reference = person.receipt
    async with running(database_url, tmp_path, clock=clock) as here, on_the_web(here) as person:
        person.http.cookies.set("tellback", secret or "")
        await person.opens(PULSE)
        assert person.receipt == reference
