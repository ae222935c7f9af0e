"""What people will read, shown before anybody does: chat and e-mail beside each other."""

from typing import Final

from survey.domain.accounts import Grant, Role
from survey.domain.audit import OPERATOR
from survey.domain.loading import read
from survey.domain.records import Comparison
from tests.support.application import Running
from tests.support.campaigns import PULSE
from tests.support.html import Element
from tests.support.staff import signed_in
from tests.support.web import WebPerson

BADLY_WORDED: Final = """
key: lunch
title: {en: Lunch, cy: Cinio}
purpose: {en: To see., cy: I weld.}
privacy: attributed
unit: none
languages: [en, cy]
questions:
  - name: food
    type: scale
    start: 1
    end: 5
    points: {1: {en: Poor, cy: Gwael}, 5: {en: Great, cy: Gwych}}
    label: {en: How do you rate the food and the service?, cy: Beth am y bwyd?}
    short_label: {en: Food, cy: Bwyd}
  - name: why
    type: text
    required: true
    label: {en: Why is our canteen excellent?, cy: Pam?}
"""


async def plan_lunch(here: Running, content: str = BADLY_WORDED) -> None:
    """A campaign with this questionnaire, which is called "lunch"."""
    await here.core.catalogue.publish(
        read(content, name="lunch.yaml"),
        decide=lambda _: Comparison.SAME_SERIES,
        open_link=False,
    )
    plan = PULSE.model_copy(update={"key": "lunch", "title": "Lunch", "questionnaire": "lunch"})
    await here.core.campaigns.create(plan, by=OPERATOR)


async def test_hints_on_the_words_stand_above_and_beside_their_question(here: Running) -> None:
    """The survey administrator's checklist: readability, length and bias hints."""
    await plan_lunch(here)
    async with signed_in(here, Grant(Role.SURVEY_MANAGER)) as manager:
        await manager.opens("/staff/campaigns/lunch/plan")
        (leading,) = [link for link in manager.page.all("a") if link.text == "3 hints on the words"]
        assert leading.attributes["href"] == "/staff/campaigns/lunch/words#hints"

        await manager.opens("/staff/campaigns/lunch/words")
        hints = manager.page.one("section", **{"aria-labelledby": "hints"})
        food, why = manager.page.all("li", class_="tb-asked__one")

        assert "2 questions. About 1 minute." in hints.text
        assert "It reads like a text for age" in hints.text
        two = "Ask about one thing at a time: ‘food’ and ‘service’ are two."
        assert two in hints.text
        assert two in food.text
        assert "1: Poor · 5: Great" in food.text
        assert [choice.text for choice in food.all("li")] == [f"○ {n}" for n in range(1, 6)]
        assert two not in why.text
        assert "‘excellent’ suggests an answer. Ask without it." in why.text
        assert [link.attributes["href"] for link in hints.all("a")] == [
            f"#{each.attributes['id']}" for each in (food, why, why)
        ]


async def test_in_welsh_only_the_shape_is_judged_and_the_page_says_so(here: Running) -> None:
    await plan_lunch(here)
    async with signed_in(here, Grant(Role.SURVEY_MANAGER)) as manager:
        await manager.opens("/staff/campaigns/lunch/words?words=cy")

        hints = manager.page.one("section", **{"aria-labelledby": "hints"})
        assert "Wording and ease of reading are judged in English only." in hints.text
        assert len(hints.all("li")) == 1
        assert "It must be answered in people's own words." in hints.text


async def test_hints_stop_no_launch_and_are_none_where_the_words_are_well(here: Running) -> None:
    await plan_lunch(here)
    await here.publish("people-pulse")
    await here.core.campaigns.create(PULSE, by=OPERATOR)

    gaps = (await here.core.campaigns.preview("lunch")).gaps
    assert {gap.part for gap in gaps if gap.blocks} <= {"channels", "audience"}
    async with signed_in(here, Grant(Role.SURVEY_MANAGER)) as manager:
        await manager.opens("/staff/campaigns/staff-pulse/plan")
        assert "on the words" not in manager.text

        await manager.opens("/staff/campaigns/staff-pulse/words")
        assert "Nothing to look at again." in manager.text
        assert not manager.page.all("p", class_="tb-hint")


async def test_the_words_stand_side_by_side_in_each_language(here: Running) -> None:
    """The survey administrator's checklist: preview in chat and web, each language."""
    await here.publish("people-pulse")
    await here.core.campaigns.create(PULSE, by=OPERATOR)
    async with signed_in(here, Grant(Role.SURVEY_MANAGER)) as manager:
        await manager.opens("/staff/campaigns/staff-pulse/words")

        chat = manager.page.one("section", **{"aria-labelledby": "in-chat"}).text
        letter = manager.page.one("section", **{"aria-labelledby": "by-email"}).text
        for shown in (chat, letter):
            assert "This is a test." in shown
            assert "People team, Barnet Council" in shown
            assert "To see where working here gets better or worse." in shown
        assert "Start" in chat
        questions = manager.page.all("li", class_="tb-asked__one")
        assert "proud when I tell others I am part of Barnet Council" in questions[0].text
        assert questions[0].text.count("Strongly agree") == 2

        await manager.opens("/staff/campaigns/staff-pulse/words?words=cy")
        assert "Peidiwch ag enwi pobl" in manager.text
        assert "not reviewed by a speaker" in manager.text


BRANCHING: Final = """
key: lunch
title: {en: Lunch, cy: Cinio}
purpose: {en: To see., cy: I weld.}
privacy: confidential
unit: none
languages: [en, cy]
append: [equality]
questions:
  - name: rating
    type: scale
    start: 0
    end: 10
    required: true
    points: {0: {en: Poor, cy: Gwael}, 10: {en: Great, cy: Gwych}}
    label: {en: How was it?, cy: Sut oedd e?}
    short_label: {en: Rating, cy: Sgôr}
  - name: why
    type: text
    relevant: "${rating} <= 6"
    label: {en: "Why ${rating}?", cy: "Pam ${rating}?"}
  - name: eaten
    type: select_multiple
    choices:
      - {name: soup, label: {en: Soup, cy: Cawl}}
      - {name: pie, label: {en: Pie, cy: Pastai}}
    label: {en: What did you eat?, cy: Beth fwytaoch chi?}
    short_label: {en: Eaten, cy: Bwytawyd}
  - name: taste
    type: text
    for_each: eaten
    label: {en: "How did the ${choice} taste?", cy: "Sut flas oedd ar ${choice}?"}
  - name: visits
    type: integer
    start: 0
    label: {en: How often do you come?, cy: Pa mor aml?}
    short_label: {en: Visits, cy: Ymweliadau}
  - name: card
    type: text
    relevant: "${visits} > 4"
    label: {en: Do you have a card?, cy: Oes cerdyn gennych chi?}
"""


WORDS: Final = "/staff/campaigns/lunch/words"
SHOW: Final = "Show this way"


def asked(person: WebPerson) -> dict[str, Element]:
    """By the name of each question."""
    return {
        each.attributes["id"].removeprefix("question-"): each
        for each in person.page.all("li", class_="tb-asked__one")
    }


async def test_all_questions_are_shown_each_with_the_answers_after_which_it_is_asked(
    here: Running,
) -> None:
    """The survey administrator's checklist: each branch."""
    await plan_lunch(here, BRANCHING)
    async with signed_in(here, Grant(Role.SURVEY_MANAGER)) as manager:
        await manager.opens(WORDS)

        shown = asked(manager)
        assert list(shown)[:8] == [
            *("rating", "why", "eaten", "taste_soup", "taste_pie", "visits", "card", "about_you")
        ]
        assert "Asked" not in shown["rating"].text
        assert "Asked only if ‘Rating’ is 6 or less. Can be skipped" in shown["why"].text
        assert "Why [Rating]?" in shown["why"].text
        assert "Asked for each answer ticked in ‘Eaten’: here Pie" in shown["taste_pie"].text
        assert "Asked only if ‘Visits’ is 5 or more" in shown["card"].text
        assert "Asked only if ‘Questions about you’ is Yes" in shown["age"].text
        assert not manager.page.all("span", class_="govuk-caption-m")
        assert "Show all questions" not in manager.text


async def test_one_way_is_shown_as_somebody_reads_it_who_answers_so(here: Running) -> None:
    await plan_lunch(here, BRANCHING)
    async with signed_in(here, Grant(Role.SURVEY_MANAGER)) as manager:
        await manager.opens(f"{WORDS}?words=en")
        manager.picks("3", of="if-rating")
        manager.chooses("Pie")
        manager.types("2", into="if-visits")
        manager.picks("No", of="if-about_you")
        await manager.presses(SHOW)

        shown = asked(manager)
        assert list(shown) == ["rating", "why", "eaten", "taste_pie", "visits", "about_you"]
        assert "Why 3?" in shown["why"].text
        captions = [each.one("span", class_="govuk-caption-m").text for each in shown.values()]
        assert captions == [
            *("Lunch", "Lunch", "Lunch", "Lunch", "Lunch"),
            "About you",
        ]
        said = "This is what people see who answer like this. 6 questions. About 2 minutes."
        assert said in manager.text

        languages = manager.page.one("nav", **{"aria-label": "Language of the survey"})
        await manager.opens(languages.one("a", hreflang="cy").attributes["href"])
        assert list(asked(manager)) == list(shown)
        assert "Pam 3?" in manager.text

        (every,) = [a for a in manager.page.all("a") if a.text == "Show all questions"]
        await manager.opens(every.attributes["href"])
        assert len(asked(manager)) > len(shown)
        assert "Pam [Sgôr]?" in manager.text


async def test_questions_of_a_way_are_numbered_as_people_see_them_numbered(here: Running) -> None:
    await here.publish("service-satisfaction")
    plan = PULSE.model_copy(update={"key": "lunch", "questionnaire": "service-satisfaction"})
    await here.core.campaigns.create(plan, by=OPERATOR)
    async with signed_in(here, Grant(Role.SURVEY_MANAGER)) as manager:
        for answer, numbered in {
            "Dissatisfied": ["3 of 7", "4 of 7", "5 of 7", "6 of 7", "7 of 7"],
            "Satisfied": ["3 of 6", "4 of 6", "5 of 6", "6 of 6"],
        }.items():
            await manager.opens(WORDS)
            manager.picks(answer, of="if-satisfaction")
            await manager.presses(SHOW)

            captions = [each.text for each in manager.page.all("span", class_="govuk-caption-m")]
            assert captions == [
                *["How was our service?"] * 2,
                *(f"How was our service? · question {each}" for each in numbered),
            ]
            assert ("why" in asked(manager)) is (answer == "Dissatisfied")


async def test_a_way_that_nobody_can_take_is_not_shown_and_the_page_says_why(
    here: Running,
) -> None:
    await plan_lunch(here, BRANCHING)
    async with signed_in(here, Grant(Role.SURVEY_MANAGER)) as manager:
        await manager.opens(WORDS)
        manager.types("often", into="if-visits")
        await manager.presses(SHOW)

        assert manager.status == 422
        summary = manager.page.one("div", class_="govuk-error-summary")
        assert [(a.attributes["href"], a.text) for a in summary.all("a")] == [
            ("#if-rating", "Choose an answer: nobody can leave this question out"),
            ("#if-visits", "Give an answer that this question takes"),
        ]
        assert "age" in asked(manager)
        assert manager.page.one("input", name="if-visits").attributes["value"] == "often"

        await manager.opens(f"{WORDS}?way=1&if-rating=11&if-eaten=soup&if-eaten=cake&if-age=9")
        assert [
            a.attributes["href"] for a in manager.page.all("a") if "#if-" in str(a.attributes)
        ] == [
            "#if-rating",
            "#if-eaten",
        ]


async def test_where_no_answer_decides_anything_no_way_is_offered(here: Running) -> None:
    await plan_lunch(here)
    async with signed_in(here, Grant(Role.SURVEY_MANAGER)) as manager:
        await manager.opens(f"{WORDS}?way=1&if-food=3")

        assert not manager.has(SHOW)
        assert len(asked(manager)) == 2
        assert "answer like this" not in manager.text
