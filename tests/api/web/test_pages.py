"""Every page keeps the rules of the house, and each turn shows what it has to."""

import gettext
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from api.web.context import Site, Survey, Visit
from api.web.environment import STATIC
from api.web.fields import as_text
from api.web.pages import Pages
from api.web.troubles import Trouble
from survey.domain.answers import Reason
from survey.domain.questionnaire import Privacy
from survey.domain.turns import CHECK, UNIT, Option, Problem, QuestionTurn, Turn, UnitTurn
from tests.api.web import samples
from tests.support.html import Element, parse

PAGES = Pages(samples.SITE)
EVERY_PAGE = samples.all_pages(PAGES)


def show(
    turn: Turn,
    *,
    survey: Survey = samples.SURVEY,
    visit: Visit = samples.VISIT,
    typed: dict[str, tuple[str, ...]] | None = None,
    problem: Problem | None = None,
) -> Element:
    return parse(PAGES.turn(turn, survey=survey, visit=visit, typed=typed, problem=problem))


@pytest.fixture(params=EVERY_PAGE, ids=str)
def any_page(request: pytest.FixtureRequest) -> Element:
    return parse(EVERY_PAGE[request.param]())


def test_a_page_has_one_first_heading_and_its_title_starts_with_it(any_page: Element) -> None:
    heading = any_page.one("h1").text
    title = any_page.one("title").text

    assert heading
    assert title.removeprefix("Error: ").startswith(heading)
    assert title.endswith("Barnet Council")


def test_a_title_says_error_exactly_when_the_page_has_an_error_summary(any_page: Element) -> None:
    summary = any_page.all("div", class_="govuk-error-summary")

    assert any_page.one("title").text.startswith("Error: ") == bool(summary)


def test_an_error_summary_is_first_in_main_and_leads_to_a_field_with_the_same_words(
    any_page: Element,
) -> None:
    for summary in any_page.all("div", class_="govuk-error-summary"):
        assert any_page.one("main").elements[0] is summary
        for link in summary.all("a"):
            target = link.attributes["href"].removeprefix("#")
            assert [e for e in any_page.elements if e.attributes.get("id") == target]
            message = any_page.one("p", class_="govuk-error-message").text
            assert message == f"Error: {link.text}"


def test_ids_are_unique_and_everything_that_names_one_finds_it(any_page: Element) -> None:
    ids = [e.attributes["id"] for e in any_page.elements if "id" in e.attributes]
    named = [
        name
        for e in any_page.elements
        for key in ("for", "aria-describedby", "aria-labelledby")
        for name in e.attributes.get(key, "").split()
    ]

    assert len(ids) == len(set(ids))
    assert set(named) <= set(ids)


def test_a_page_runs_no_script_and_no_style_of_its_own(any_page: Element) -> None:
    for script in any_page.all("script"):
        assert script.attributes["src"].startswith("/static/")
        assert script.raw == ""
    assert any_page.all("style") == []
    assert [e for e in any_page.elements if "style" in e.attributes] == []
    handlers = [key for e in any_page.elements for key in e.attributes if key.startswith("on")]
    assert handlers == []


def test_a_page_asks_for_nothing_from_elsewhere(any_page: Element) -> None:
    addresses = [
        e.attributes[key]
        for e in any_page.elements
        for key in ("src", "href", "action", "content")
        if key in e.attributes
    ]

    assert [a for a in addresses if "//" in a] == []


def test_a_page_says_its_language_and_offers_the_others(any_page: Element) -> None:
    assert any_page.one("html").attributes["lang"] == "en"
    languages = any_page.one("nav", class_="tb-languages")
    assert [e.text for e in languages.elements if "lang" in e.attributes] == ["English", "Cymraeg"]


def test_a_page_has_a_skip_link_and_the_promised_footer(any_page: Element) -> None:
    skip = any_page.one("a", class_="govuk-skip-link")
    assert skip.attributes["href"] == "#" + any_page.one("main").attributes["id"]
    footer = any_page.one("footer")
    assert [a.attributes["href"] for a in footer.all("a")][:3] == [
        "/privacy",
        "/cookies",
        "/accessibility",
    ]


def test_a_page_of_a_demonstration_says_that_it_is_invented(any_page: Element) -> None:
    assert "invented" in any_page.one("aside", class_="tb-demo").text


def test_every_form_posts_to_the_page_with_a_token_and_no_button_is_without_a_name(
    any_page: Element,
) -> None:
    for form in any_page.all("form"):
        assert form.attributes["method"] == "post"
        assert form.attributes["action"] == "/s/people-pulse"
        assert form.one("input", name="csrf").attributes["value"] == "token"
        assert form.all("button")
        assert all(b.attributes["name"] in ("action", "change") for b in form.all("button"))


def test_no_crown_and_no_transport_typeface(any_page: Element) -> None:
    assert any_page.all("svg") == []
    css = (STATIC / "tellback.css").read_text(encoding="utf-8")
    assert "Transport" not in css
    assert re.search(r"font-family: Arial", css)


def test_a_page_outside_a_demonstration_has_no_banner() -> None:
    page = Pages(Site(organisation="Barnet Council")).turn(
        samples.NOTICE, survey=samples.SURVEY, visit=samples.VISIT
    )

    assert "invented" not in page


@pytest.mark.parametrize("name", [name for name in samples.TURNS if name.startswith("hostile")])
def test_hostile_text_stays_text(name: str) -> None:
    page = parse(EVERY_PAGE[name]())

    assert samples.HOSTILE in page.raw
    assert [s for s in page.all("script") if "src" not in s.attributes] == []
    assert page.all("b") == []


# --- the notice and the unit ---


def test_the_notice_says_who_asks_why_how_long_and_how_private() -> None:
    page = show(samples.NOTICE)

    text = page.one("main").text
    assert "7 questions, about 2 minutes" in text
    assert "People team, Barnet Council" in text
    assert "To see where working here gets better or worse." in text
    assert "a figure of fewer than 10 people" in text
    assert "Open Government Licence" in text
    actions = [b.attributes["value"] for b in page.one("main").all("button")]
    assert actions == ["start", "decline"]


def test_one_question_and_one_minute_are_counted_in_the_singular() -> None:
    text = show(replace(samples.NOTICE, questions=1, minutes=1)).one("main").text

    assert "1 question, about 1 minute " in text


def test_the_notice_names_the_body_where_nobody_else_asks() -> None:
    page = show(replace(samples.NOTICE, asked_by=""))

    assert page.one("dl").all("dd")[0].text == "Barnet Council"


@pytest.mark.parametrize(
    ("privacy", "promise"),
    [
        (Privacy.ATTRIBUTED, "We see them together with its name."),
        (Privacy.CONFIDENTIAL, "fewer than 15 people"),
        (Privacy.ANONYMOUS, "We do not ask who you are."),
    ],
)
def test_the_promise_is_that_of_the_privacy_mode(privacy: Privacy, promise: str) -> None:
    survey = replace(samples.SURVEY, privacy=privacy, floor=15)

    assert promise in show(samples.NOTICE, survey=survey).one("main").text


def test_a_unit_that_is_not_found_is_said_and_the_text_stays() -> None:
    page = show(samples.TURNS["unit-nothing-found"])

    assert page.one("input", id="find").attributes["value"] == "oakfeild"
    summary = page.one("div", class_="govuk-error-summary").text
    assert "Nothing found for “\u2068oakfeild\u2069”. Check the spelling" in summary


def test_a_list_that_was_sent_without_a_choice_is_offered_again() -> None:
    page = show(samples.TURNS["unit-refused"])

    summary = page.one("div", class_="govuk-error-summary")
    assert summary.one("a").text == "Select your school, department or team"
    assert summary.one("a").attributes["href"] == "#unit"
    assert page.one("input", type="hidden", name="find").attributes["value"] == "oak"


def test_an_empty_search_asks_for_a_name() -> None:
    page = show(samples.TURNS["unit-error"])

    assert "Enter part of the name" in page.one("div", class_="govuk-error-summary").text


@pytest.mark.parametrize(
    ("turn", "chosen"),
    [
        (UnitTurn(samples.OFFERED[:1]), ["oakfield"]),
        (UnitTurn(samples.OFFERED[:1], typed="oakf"), []),
    ],
)
def test_only_the_unit_chosen_before_is_chosen_again(turn: UnitTurn, chosen: list[str]) -> None:
    radios = show(turn).all("input", type="radio")

    assert [r.attributes["value"] for r in radios if "checked" in r.attributes] == chosen


def test_the_notice_owns_up_to_further_questions() -> None:
    text = show(replace(samples.NOTICE, appended=9, branching=True)).one("main").text

    assert "At the end there are 9 questions about you. You can leave them out." in text
    assert "further questions" in text
    assert "further questions" not in show(samples.NOTICE).text


@pytest.mark.parametrize(("name", "place"), [("unit", UNIT), ("review", CHECK), ("scale", "pride")])
def test_back_names_the_page_that_it_leaves(name: str, place: str) -> None:
    back = show(samples.TURNS[name]).one("form", class_="tb-back")

    assert back.one("input", name="question").attributes["value"] == place


def test_units_found_are_radios_told_apart_by_their_path() -> None:
    page = show(UnitTurn(candidates=samples.OFFERED, typed="oak"))

    assert [r.attributes["value"] for r in page.all("input", type="radio")] == [
        "oakfield",
        "oakhill",
    ]
    assert "Schools › North" in page.one("fieldset").text
    assert page.one("input", id="find").attributes["value"] == "oak"


# --- questions ---


def test_a_question_says_where_it_stands_and_what_it_answers() -> None:
    page = show(samples.PRIDE)

    assert page.one("span", class_="govuk-caption-l").text == "Staff pulse · question 2 of 7"
    form = page.one("main").one("form")
    assert form.one("input", name="question").attributes["value"] == "pride"
    assert form.one("input", name="revision").attributes["value"] == "4"


def test_the_count_is_left_out_where_the_total_would_lie() -> None:
    page = show(replace(samples.PRIDE, total=None))

    assert page.one("span", class_="govuk-caption-l").text == "Staff pulse"


def test_the_official_wording_is_the_heading_as_it_stands() -> None:
    page = show(replace(samples.PRIDE, required=True))

    assert page.one("h1").text == samples.PRIDE.label


@pytest.mark.parametrize("required", [True, False])
def test_only_what_may_be_left_out_is_optional_and_can_be_skipped(required: bool) -> None:
    page = show(replace(samples.PRIDE, required=required))

    actions = [b.attributes["value"] for b in page.one("main").all("button")]
    assert actions == (["answer"] if required else ["answer", "skip"])
    assert ("(optional)" in page.one("h1").text) is not required


def test_back_is_a_form_of_its_own_so_that_enter_never_goes_back() -> None:
    page = show(samples.SHORT)

    back = page.one("form", class_="tb-back")
    assert back.one("button").attributes["value"] == "back"
    assert back.one("input", name="question").attributes["value"] == "problem"
    assert page.one("main").one("form").all("button")[0].attributes["value"] == "answer"


def test_a_given_answer_is_chosen_again() -> None:
    page = show(replace(samples.PRIDE, given=4))

    chosen = [
        r.attributes["value"] for r in page.all("input", type="radio") if "checked" in r.attributes
    ]
    assert chosen == ["4"]


def test_a_scale_with_labelled_ends_is_a_rising_row_whose_hint_says_what_the_ends_mean() -> None:
    page = show(samples.RECOMMEND)

    values = [r.attributes["value"] for r in page.all("input", type="radio")]
    assert values == [str(point) for point in range(11)]
    assert page.one("fieldset").attributes["aria-describedby"] == "answer-hint"
    assert page.one("div", id="answer-hint").text == (
        "0 means “Not at all likely” and 10 means “Extremely likely”."
    )


def test_zero_on_a_scale_is_an_answer() -> None:
    page = show(replace(samples.RECOMMEND, given=0))

    (chosen,) = [r for r in page.all("input", type="radio") if "checked" in r.attributes]
    assert chosen.attributes["value"] == "0"


def test_none_of_these_stands_apart_and_unticks_the_others() -> None:
    page = show(samples.USED)

    assert page.one("div", class_="govuk-checkboxes__divider").text == "or"
    exclusive = [
        c.attributes["value"]
        for c in page.all("input", type="checkbox")
        if c.attributes.get("data-behaviour") == "exclusive"
    ]
    assert exclusive == ["none"]


def test_prefer_not_to_say_stands_apart_from_the_other_answers() -> None:
    assert show(samples.AGE).one("div", class_="govuk-radios__divider").text == "or"


def test_several_ticks_are_kept() -> None:
    page = show(replace(samples.USED, given=("hr",), ticked=("hr", "it")))

    ticked = [
        c.attributes["value"]
        for c in page.all("input", type="checkbox")
        if "checked" in c.attributes
    ]
    assert ticked == ["hr", "it"]


def test_a_long_text_says_its_limit_and_keeps_every_line_as_typed() -> None:
    text = "\n  first\n\n    second <i>line</i>  \n"
    page = show(replace(samples.COMMENT, given=text))

    assert "You can enter up to 2000 characters." in page.one("main").text
    assert "maxlength" not in page.one("textarea").attributes
    # HTML drops one line break after <textarea>, so a text that begins with one needs another.
    assert page.one("textarea").raw == "\n" + text


@pytest.mark.parametrize(("turn", "mode"), [(samples.DAYS, "numeric"), (samples.HOURS, "decimal")])
def test_a_number_brings_the_number_keyboard(turn: QuestionTurn, mode: str) -> None:
    assert show(turn).one("input", id="answer").attributes["inputmode"] == mode


def test_a_date_has_three_fields_and_shows_the_given_day() -> None:
    page = show(replace(samples.WHEN, given=date(2026, 3, 7)))

    values = {
        i.attributes["name"]: i.attributes["value"] for i in page.one("fieldset").all("input")
    }
    assert values == {"answer-day": "7", "answer-month": "3", "answer-year": "2026"}


def test_a_note_is_read_and_not_answered() -> None:
    page = show(samples.NOTE)

    assert page.one("h1").text == "The next questions are about you"
    assert [b.attributes["value"] for b in page.one("main").all("button")] == ["read"]


@pytest.mark.parametrize(
    ("turn", "problem", "sentence"),
    [
        (samples.PRIDE, Problem("required"), "Select how far you agree"),
        (samples.AGE, Problem("required"), "Select an answer"),
        (samples.USED, Problem("required"), "Select at least one answer"),
        (samples.DAYS, Problem("required"), "Enter a number"),
        (samples.WHEN, Problem("required"), "Enter a date"),
        (samples.SHORT, Problem("required"), "Enter your answer"),
        (samples.PRIDE, Problem("not_a_choice"), "Select from the answers on this page"),
        (
            samples.USED,
            Problem("exclusive", limit="none"),
            "Select either “None of these” alone or any of the others",
        ),
        (
            samples.COMMENT,
            Problem("too_long", limit="2000"),
            "Your answer must be 2,000 characters or fewer",
        ),
        (samples.DAYS, Problem("too_low", limit="0"), "Your answer must be 0 or more"),
        (samples.DAYS, Problem("too_high", limit="365"), "Your answer must be 365 or less"),
        (samples.DAYS, Problem("not_whole"), "Your answer must be a whole number, like 12"),
        (samples.WHEN, Problem("not_a_date"), "Enter a real date, like 31 3 2026"),
        (samples.DAYS, Problem("constraint", message="100% is the most"), "100% is the most"),
        (samples.DAYS, Problem("new_code"), "We cannot use this answer. Check it and try again"),
    ],
)
def test_an_error_says_what_to_do(turn: QuestionTurn, problem: Problem, sentence: str) -> None:
    page = show(replace(turn, problem=problem))

    assert page.one("div", class_="govuk-error-summary").one("a").text == sentence
    assert page.one("p", class_="govuk-error-message").text == f"Error: {sentence}"


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_of_the_engine_has_a_sentence_of_its_own(reason: Reason) -> None:
    text = show(replace(samples.USED, problem=Problem(reason, limit="hr"))).one("main").text

    assert "We cannot use this answer" not in text


def test_what_was_typed_stays_on_the_page_of_an_error() -> None:
    long = "é" * 2001
    by_engine = show(replace(samples.COMMENT, problem=Problem("too_long", typed=long)))
    by_form = show(
        replace(samples.WHEN, given=date(2026, 3, 7), problem=Problem("not_a_date")),
        typed={"answer-day": ("31",), "answer-month": ("febr",)},
    )

    assert by_engine.one("textarea").raw.strip() == long
    assert [i.attributes.get("value") for i in by_form.one("fieldset").all("input")] == [
        "31",
        "febr",
        "",
    ]


def test_a_post_that_was_refused_offers_the_answer_back() -> None:
    page = show(samples.COMMENT, typed={"answer": ("my words",)}, problem=Problem("form_token"))

    assert page.one("textarea").raw.strip() == "my words"
    assert "could not check that this came from you" in page.one("main").text


def test_an_answer_of_zero_is_shown_as_zero() -> None:
    assert [as_text(value) for value in (0, Decimal("1E+2"), None)] == ["0", "100", ""]


# --- the end ---


def test_the_check_page_changes_each_answer_and_sends_what_was_seen() -> None:
    page = show(samples.REVIEW, survey=replace(samples.SURVEY, revision=9))

    changes = {b.attributes["value"]: b.text for b in page.all("button", name="change")}
    assert changes == {
        "unit": "Change School, department or team",
        "pride": "Change Proud to work here",
        "advocacy": "Change Would recommend working here",
        "comment": "Change One thing",
    }
    assert "Not provided" in page.one("dl").text
    (send,) = [b for b in page.all("button") if b.attributes["value"] == "submit"]
    (form,) = [f for f in page.all("form") if send in f.elements]
    assert form.one("input", name="revision").attributes["value"] == "9"


def test_a_fixed_unit_cannot_be_changed() -> None:
    page = show(replace(samples.REVIEW, unit_can_change=False))

    assert "unit" not in [b.attributes["value"] for b in page.all("button", name="change")]


def test_the_confirmation_gives_the_receipt_and_what_happens_next() -> None:
    text = parse(EVERY_PAGE["done"]()).one("main").text

    assert "K7M-4QX" in text
    assert "It proves that you answered, and leads to no answer." in text
    assert "at least 10 people" in text
    assert "Then we show the results" in text


def test_the_confirmation_of_an_attributed_answer_promises_no_box() -> None:
    text = parse(EVERY_PAGE["done-attributed"]()).one("main").text

    assert "box" not in text
    assert "leads to no answer" not in text


def test_a_closed_survey_says_when_it_closed() -> None:
    text = parse(EVERY_PAGE["closed"]()).one("main").text

    assert "This survey closed on Friday 11 December. Thank you anyway." in text


def test_somebody_who_comes_back_may_say_that_it_is_not_them() -> None:
    page = parse(EVERY_PAGE["resumed"]())

    (again,) = [b for b in page.all("button") if b.attributes["value"] == "restart"]
    assert again.text == "Not you? Start again"


def test_a_link_that_does_not_work_says_the_same_whatever_the_reason() -> None:
    text = parse(EVERY_PAGE["trouble-link"]()).one("main").text

    assert "This link does not work" in text


@pytest.mark.parametrize("trouble", Trouble)
def test_what_was_typed_is_offered_back_on_a_page_of_trouble(trouble: Trouble) -> None:
    page = PAGES.trouble(trouble, visit=samples.VISIT, kept=("  ", "line one\nline two"))

    assert [e.raw for e in parse(page).all("div", class_="govuk-inset-text")] == [
        "line one\nline two"
    ]
    assert trouble.status >= 400


# --- languages ---


class Welsh(gettext.NullTranslations):
    """Stands in for a catalogue of one sentence."""

    def gettext(self, message: str) -> str:
        return {"This survey is closed": "Mae'r arolwg ar gau"}.get(message, message)


def test_own_words_and_dates_are_in_the_language_of_the_visit() -> None:
    pages = Pages(samples.SITE, translations={"cy": Welsh()})
    visit = replace(samples.VISIT, language="cy")

    page = parse(pages.closed(survey=samples.SURVEY, visit=replace(visit, csrf="")))

    assert page.one("html").attributes["lang"] == "cy"
    assert page.one("h1").text == "Mae'r arolwg ar gau"
    assert "Dydd Gwener 11 Rhagfyr" in page.text


def test_a_language_without_a_catalogue_falls_back_to_english_words() -> None:
    page = show(samples.PRIDE, visit=replace(samples.VISIT, language="pl", languages=("en", "pl")))

    assert "Continue" in page.text


def test_a_page_in_a_language_written_from_the_right_says_so() -> None:
    page = show(samples.PRIDE, visit=replace(samples.VISIT, language="ar"))

    assert page.one("html").attributes["dir"] == "rtl"


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("/s/people-pulse", "/s/people-pulse?language=cy"),
        ("/s/people-pulse?unit=oakfield", "/s/people-pulse?unit=oakfield&language=cy"),
    ],
)
def test_a_visitor_without_a_token_changes_language_by_a_link(path: str, address: str) -> None:
    page = show(samples.PRIDE, visit=replace(samples.VISIT, csrf="", path=path))

    assert page.one("nav", class_="tb-languages").one("a").attributes["href"] == address


def test_a_choice_may_hold_any_text() -> None:
    page = show(replace(samples.AGE, options=(Option("a", samples.HOSTILE, "a"),)))

    assert page.one("label").raw.strip() == samples.HOSTILE
