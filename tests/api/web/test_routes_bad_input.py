"""Empty, too long, out of order, without a cookie, from elsewhere: said, and nothing is lost."""

import pytest
from structlog.testing import capture_logs

from api.limiting import Rates
from survey.db.tables import conversations, sealed
from survey.domain import conversation as engine
from survey.errors import Busy
from tests.api.web.conftest import count_rows
from tests.support.application import Running
from tests.support.web import Sending, WebPerson, on_the_web

PULSE = "/s/people-pulse"
CHECK = "Check your answers before sending them"
COMMENT = f"{PULSE}/q/comment"


async def at_the_comment(person: WebPerson) -> None:
    await person.comes_to_the_first_question()
    await person.answers(*["Agree"] * 7)
    assert person.path == COMMENT


async def test_nothing_chosen_for_a_required_question_is_said_with_a_link_to_the_field(
    here: Running,
) -> None:
    await here.publish("service-satisfaction")
    async with on_the_web(here) as person:
        await person.comes_to_the_first_question("/s/service-satisfaction")
        await person.presses("Continue")

        assert (person.status, person.has("Skip")) == (422, False)
        summary = person.page.one("div", class_="govuk-error-summary")
        focus = summary.one("a").attributes["href"].removeprefix("#")
        assert person.page.one("input", id=focus)


@pytest.mark.parametrize("typed", ["", "   ", "\u200b\u2060 \ufeff"])
async def test_a_text_with_nothing_to_see_is_no_answer(person: WebPerson, typed: str) -> None:
    await at_the_comment(person)
    person.types(typed)
    await person.presses("Continue")

    assert person.path == f"{PULSE}/check"
    assert person.lines["One thing"] == "Not provided"


async def test_one_character_over_the_limit_is_said_and_the_text_stays(person: WebPerson) -> None:
    await at_the_comment(person)
    text = "<b>“é”</b>\n" + "x" * 1990
    person.types(text)
    await person.presses("Continue")

    assert person.status == 422
    assert person.error == "Your answer must be 2,000 characters or fewer"
    assert person.chosen == [text]
    person.types(text[:-1])
    await person.presses("Continue")
    assert person.path == f"{PULSE}/check"


async def test_a_choice_that_is_not_on_the_page_is_refused(person: WebPerson) -> None:
    await person.comes_to_the_first_question()
    await person.sends(person.sending("Continue").with_(answer="6"))

    assert (person.status, person.error) == (422, "Your answer must be 5 or less")


async def test_a_page_out_of_order_leads_to_the_first_unanswered_one_and_loses_nothing(
    person: WebPerson,
) -> None:
    await person.comes_to_the_first_question()
    await person.answers("Agree")
    at = person.path
    form = person.sending("Continue")

    for ahead in (
        form.with_(question="comment", answer="not yet asked"),
        form.with_(question="leadership", action="skip"),
        form.with_(action="submit", question=""),
        form.with_(action="start", question=""),
        form.with_(change="comment"),
    ):
        await person.sends(ahead)
        assert (person.status, person.path) == (200, at)
    for path in (COMMENT, f"{PULSE}/check", f"{PULSE}/q/no-such-question"):
        await person.opens(path)
        assert (person.status, person.path) == (200, at)
    await person.opens(f"{PULSE}/q/pride")
    assert person.chosen == ["4"]


async def test_a_page_of_another_survey_is_not_readable_and_changes_nothing(
    here: Running, person: WebPerson
) -> None:
    await here.publish("service-satisfaction")
    await person.comes_to_the_first_question()
    other = person.sending("Continue").with_(answer="5")

    await person.sends(Sending("/s/service-satisfaction", other.fields))
    assert (person.status, person.heading) == (400, "We could not read that")
    await person.opens(PULSE)
    assert person.path == PULSE
    assert person.page.one("h1").text.startswith("I am proud")


async def test_a_body_that_is_no_form_of_ours_is_said_to_be_unreadable(person: WebPerson) -> None:
    await person.comes_to_the_first_question()
    for response in (
        await person.http.post(PULSE, json={"answer": "4"}),
        await person.http.post(PULSE, content=b"\xff", headers={"Content-Type": "text/plain"}),
    ):
        assert (response.status_code, "We could not read that" in response.text) == (400, True)
    too_long = await person.http.post(PULSE, data={"answer": "x" * 300_000})
    assert too_long.status_code == 413


async def test_without_a_cookie_the_cookie_is_explained_and_the_text_given_back(
    here: Running, person: WebPerson
) -> None:
    await at_the_comment(person)
    text = "A long thought about <b>rotas</b>"
    person.types(text)
    sending = person.sending("Continue")
    person.http.cookies.clear()
    await person.sends(sending)

    assert (person.status, person.heading) == (400, "Your browser did not keep our cookie")
    assert person.kept == [text]
    person.http.cookies.clear()
    await person.opens(PULSE)
    start = person.sending("Start")
    person.http.cookies.clear()
    await person.sends(start)
    assert person.heading == "Your browser did not keep our cookie"
    assert person.page.one("main").one("a").attributes["href"] == PULSE


@pytest.mark.parametrize("token", ["", "old", "hŷn\udcff"])
async def test_a_token_that_is_not_ours_changes_nothing_and_the_text_stays(
    person: WebPerson, token: str
) -> None:
    await at_the_comment(person)
    person.types("Kept as it was typed")
    token = token.encode("utf-8", "replace").decode()
    await person.sends(person.sending("Continue").with_(csrf=token))

    assert person.status == 403
    assert person.error is not None
    assert person.error.startswith("We could not check that this came from you")
    assert person.chosen == ["Kept as it was typed"]
    await person.presses("Continue")
    assert person.lines["One thing"] == "Kept as it was typed"


async def test_a_form_on_another_site_is_not_obeyed(person: WebPerson) -> None:
    await person.comes_to_the_check_page()
    send = person.sending("Send my answers")

    for header in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}):
        person.http.headers.update(header)
        await person.sends(send)
        assert (person.status, person.heading) == (403, CHECK)
        for name in header:
            del person.http.headers[name]
    await person.sends(send)
    assert person.receipt


async def test_a_token_of_another_visit_gives_the_text_back(
    here: Running, person: WebPerson
) -> None:
    await at_the_comment(person)
    person.types("Typed before somebody else began")
    old_tab = person.sending("Continue")
    await person.opens(PULSE)
    await person.presses("Not you? Start again")

    await person.sends(old_tab)

    assert (person.status, person.kept) == (403, ["Typed before somebody else began"])
    assert await count_rows(here, conversations) == [0]


async def test_closing_meanwhile_gives_back_what_was_typed_now_and_before(
    here: Running, person: WebPerson
) -> None:
    await at_the_comment(person)
    person.types("First thought")
    await person.presses("Continue")
    send = person.sending("Send my answers")
    await here.core.catalogue.close("people-pulse")

    await person.sends(send)
    assert (person.status, person.heading) == (409, "This survey is closed")
    assert person.kept == ["First thought"]
    assert "This survey closed on Thursday 14 May." in person.text
    await person.opens(COMMENT)
    assert (person.status, person.kept) == (410, ["First thought"])
    await person.sends(send.with_(question="comment", action="answer", answer="Second thought"))
    assert person.kept == ["First thought", "Second thought"]
    assert await count_rows(here, sealed) == [0]


async def test_the_receipt_can_be_seen_after_the_survey_closed(
    here: Running, person: WebPerson
) -> None:
    await person.comes_to_the_check_page()
    send = person.sending("Send my answers")
    await person.sends(send)
    reference = person.receipt
    await here.core.catalogue.close("people-pulse")

    await person.opens(PULSE)
    assert person.receipt == reference
    await person.sends(send)
    assert person.receipt == reference


@pytest.mark.parametrize("rates", [Rates(per_link=3), Rates(per_address=5)])
async def test_too_many_requests_are_asked_to_wait_and_the_text_is_given_back(
    here: Running, rates: Rates
) -> None:
    await here.publish("people-pulse")
    async with on_the_web(here, rates=rates) as person:
        await person.opens(PULSE)
        start = person.sending("Start")
        text = "Typed while others filled the link"
        for _ in range(4):
            response = await person.post(start.with_(answer=text))
        assert (response.status_code, response.headers["retry-after"]) == (429, "60")
        assert "Please wait a minute" in response.text
        assert text in response.text


async def test_a_busy_database_is_said_and_the_text_is_given_back(
    here: Running, person: WebPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def busy(*_: object, **__: object) -> None:
        raise Busy("writer")

    await at_the_comment(person)
    person.types("It was about the rota")
    sending = person.sending("Continue")
    with monkeypatch.context() as patch:
        patch.setattr(type(here.core.writer), "apply", busy)
        await person.sends(sending)
        assert (person.status, person.heading) == (503, "We could not save that just now")
        assert person.kept == ["It was about the rota"]
    await person.sends(sending)
    assert person.path == f"{PULSE}/check"


async def test_what_nobody_foresaw_is_a_plain_page_without_a_word_of_the_program(
    person: WebPerson, here: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("SELECT secret FROM somewhere")

    await person.comes_to_the_first_question()
    monkeypatch.setattr(type(here.core.writer), "apply", broken)
    person.chooses("Agree")
    with capture_logs() as logged:
        await person.presses("Continue")

    assert (person.status, person.heading) == (500, "Something went wrong on our side")
    assert [entry["path"] for entry in logged] == ["/s/{key}"]
    assert "secret" not in person.page.raw


async def test_after_very_many_changes_the_answers_can_still_be_thrown_away(
    person: WebPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    await person.comes_to_the_first_question()
    monkeypatch.setattr(engine, "MOST_STEPS", 2)
    person.chooses("Agree")
    await person.presses("Continue")

    assert person.status == 422
    assert person.error is not None
    assert "only throw them away" in person.error
    await person.presses("Throw my answers away")
    assert person.heading == "Your answers are thrown away"


async def test_an_address_that_is_none_of_ours_is_said_to_be_not_found(person: WebPerson) -> None:
    for path in ("/s", "/s/people-pulse/q", "/no/such/page"):
        await person.opens(path)
        assert (person.status, person.heading) == (404, "Page not found")
