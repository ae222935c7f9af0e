"""The web form from the first page to the receipt, on the application's own wiring."""

import asyncio
from datetime import timedelta

from api.app import create_app
from survey.db.tables import conversations, receipts, sealed, sessions
from tests.api.web.conftest import count_rows
from tests.support.application import Running
from tests.support.web import WebPerson, browsing, on_the_web

PULSE = "/s/people-pulse"
CHECK = "Check your answers before sending them"
PRIDE = "I am proud when I tell others I am part of Barnet Council (optional)"


async def test_opening_pages_stores_nothing(here: Running, person: WebPerson) -> None:
    for path in (PULSE, f"{PULSE}/q/pride", f"{PULSE}/unit", f"{PULSE}/check", f"{PULSE}/done"):
        await person.opens(path)
        assert (person.path, person.heading) == (PULSE, "Staff pulse")

    await person.presses("Not now")

    assert person.heading == "You can answer later"
    assert await count_rows(here, sessions, conversations) == [0, 0]


async def test_somebody_goes_from_the_notice_to_the_receipt(
    here: Running, person: WebPerson
) -> None:
    await person.opens(PULSE)
    await person.presses("Start")
    assert person.path == f"{PULSE}/unit"
    await person.chooses_unit()
    assert (person.path, person.heading) == (f"{PULSE}/q/pride", PRIDE)
    await person.answers(*["Agree"] * 6, "")
    person.types("Llai o gyfarfodydd")
    await person.presses("Continue")
    assert (person.path, person.heading) == (f"{PULSE}/check", CHECK)
    assert person.lines["Acceptable workload"] == "Not provided"
    assert person.lines["One thing"] == "Llai o gyfarfodydd"
    await person.presses("Send my answers")

    assert (person.path, person.status) == (f"{PULSE}/done", 200)
    assert person.heading == "Thank you. Your answers are in the box"
    assert await count_rows(here, sealed, receipts) == [1, 1]


async def test_each_accepted_response_is_announced_once(here: Running) -> None:
    heard: list[int] = []
    await here.publish("people-pulse")
    app = create_app(here.core, here.figures, on_submission=lambda: heard.append(1))
    async with browsing(app) as person:
        await person.comes_to_the_check_page()
        send = person.sending("Send my answers")
        await person.sends(send)
        await person.sends(send)

    assert heard == [1]


async def test_one_submission_has_one_reference_on_reload_back_bookmark_and_double_post(
    here: Running, person: WebPerson
) -> None:
    await person.comes_to_the_check_page()
    send = person.sending("Send my answers")
    await person.sends(send)
    reference = person.receipt

    for path in (person.path, f"{PULSE}/check", f"{PULSE}/q/pride", f"{PULSE}/unit", PULSE):
        await person.opens(path)
        assert (person.path, person.receipt) == (f"{PULSE}/done", reference)
    for old in (send, send.with_(action="start"), send.with_(question="pride", action="answer")):
        await person.sends(old)
        assert (person.path, person.receipt) == (f"{PULSE}/done", reference)
    assert await count_rows(here, sealed, receipts) == [1, 1]


async def test_twenty_parallel_sends_are_one_submission_with_one_reference(
    here: Running, person: WebPerson
) -> None:
    await person.comes_to_the_check_page()
    send = person.sending("Send my answers")

    answers = await asyncio.gather(*(person.post(send) for _ in range(20)))
    await person.opens(f"{PULSE}/done")

    assert {answer.status_code for answer in answers} == {200}
    assert all(person.receipt in answer.text for answer in answers)
    assert await count_rows(here, sealed, receipts) == [1, 1]


async def test_twenty_parallel_starts_lead_to_one_submission(
    here: Running, person: WebPerson
) -> None:
    await person.opens(PULSE)
    start = person.sending("Start")
    await asyncio.gather(*(person.post(start) for _ in range(20)))

    await person.opens(PULSE)
    await person.chooses_unit()
    await person.answers(*["Agree"] * 7, "")
    await person.presses("Send my answers")
    await person.opens(PULSE)

    assert person.path == f"{PULSE}/done"
    assert await count_rows(here, sealed, receipts) == [1, 1]


async def test_in_two_tabs_the_last_word_counts_and_one_submission_is_made(
    here: Running, person: WebPerson
) -> None:
    await person.comes_to_the_check_page()
    in_the_first_tab = person.sending("Send my answers")
    await person.opens(f"{PULSE}/q/pride")
    person.chooses("Disagree")
    await person.presses("Continue")
    assert person.lines["Proud to work here"] == "Disagree"
    in_the_second_tab = person.sending("Send my answers")

    await person.sends(in_the_first_tab)
    assert (person.status, person.heading) == (409, CHECK)
    assert person.error is not None
    assert "have changed since you opened that page" in person.error
    assert await count_rows(here, sealed) == [0]
    await person.sends(in_the_second_tab)
    reference = person.receipt
    await person.sends(in_the_first_tab)

    assert person.receipt == reference
    assert await count_rows(here, sealed) == [1]


async def test_the_browsers_back_shows_the_answer_and_changes_it_there(person: WebPerson) -> None:
    await person.comes_to_the_first_question()
    await person.answers("Agree", "Agree", "Agree")
    at = person.path

    await person.opens(f"{PULSE}/q/pride")
    assert person.chosen == ["4"]
    await person.opens(at)
    assert person.path == at  # looking moved nothing
    await person.opens(f"{PULSE}/q/pride")
    person.chooses("Strongly disagree")
    await person.presses("Continue")

    assert person.path == at
    await person.opens(f"{PULSE}/q/pride")
    assert person.chosen == ["1"]


async def test_the_browsers_back_to_the_unit_shows_it_and_changes_it_there(
    person: WebPerson,
) -> None:
    await person.comes_to_the_first_question()
    await person.answers("Agree")
    at = person.path

    await person.opens(f"{PULSE}/unit")
    assert person.chosen == ["oakfield"]
    await person.opens(at)
    assert person.path == at
    await person.opens(f"{PULSE}/unit")
    await person.chooses_unit("Elmwood School")

    assert person.path == at
    await person.opens(f"{PULSE}/unit")
    assert person.chosen == ["elmwood"]


async def test_the_pages_own_back_goes_one_page_back_from_anywhere(person: WebPerson) -> None:
    await person.comes_to_the_first_question()
    await person.answers("Agree")

    seen = []
    for _ in range(3):
        await person.presses("Back")
        seen.append(person.path)

    assert seen == [f"{PULSE}/q/pride", f"{PULSE}/unit", PULSE]
    await person.presses("Start")
    assert person.path == f"{PULSE}/q/advocacy"


async def test_skipping_an_answered_question_takes_the_answer_away(person: WebPerson) -> None:
    await person.comes_to_the_check_page()

    await person.opens(f"{PULSE}/q/pride")
    await person.presses("Skip")

    assert person.path == f"{PULSE}/check"
    assert person.lines["Proud to work here"] == "Not provided"


async def test_an_answer_is_changed_from_the_check_page_and_leads_back_there(
    person: WebPerson,
) -> None:
    await person.comes_to_the_check_page()

    await person.presses("Change One thing")
    assert person.chosen == ["More light"]
    person.types("Less noise")
    await person.presses("Continue")

    assert person.path == f"{PULSE}/check"
    assert person.lines["One thing"] == "Less noise"


async def test_answers_that_are_thrown_away_are_gone_and_the_survey_can_begin_again(
    here: Running, person: WebPerson
) -> None:
    await person.comes_to_the_check_page()
    throw_away = person.sending("Throw my answers away")
    await person.sends(throw_away)
    await person.sends(throw_away)

    assert person.heading == "Your answers are thrown away"
    assert await count_rows(here, sealed, conversations) == [0, 1]
    here.clock.advance(timedelta(minutes=1))
    await person.opens(f"{PULSE}/q/pride")
    assert (person.path, person.heading) == (PULSE, "Staff pulse")
    await person.presses("Start")
    assert person.path == f"{PULSE}/unit"


async def test_a_unit_in_the_link_is_not_asked_for_and_stays_in_every_address(
    here: Running,
) -> None:
    await here.publish("member-it")
    async with on_the_web(here) as person:
        await person.opens("/s/member-it?unit=adult-social-care")
        await person.presses("Start")
        assert person.path == "/s/member-it/q/devices?unit=adult-social-care"
        person.chooses("None of these")
        await person.presses("Continue")
        await person.answers("Satisfied", "Yes")
        assert "Change School, department or team" not in person.text
        await person.presses("Send my answers")
        assert person.path == "/s/member-it/done?unit=adult-social-care"
        await person.presses("Start a new answer")

        assert person.path == "/s/member-it?unit=adult-social-care"
        async with here.core.begin.read(one_state=True) as work:
            [response] = [each async for each in work.responses.all("member-it")]
        assert response.unit == "adult-social-care"


async def test_a_link_that_cannot_work_looks_the_same_whatever_the_reason(here: Running) -> None:
    await here.publish("member-it")
    await here.publish("before-a-change", open_link=False)
    async with on_the_web(here) as person:
        pages = []
        for path in (
            "/s/no-such-survey",
            "/s/no-such-survey/q/pride",
            "/s/before-a-change",
            "/s/member-it",
            "/s/member-it?unit=no-such-unit",
        ):
            await person.opens(path)
            pages.append((person.status, person.heading, person.text))

    assert pages == [(404, "This link does not work", pages[0][2])] * 5
