"""What people will read, shown before anybody does: chat and e-mail beside each other."""

from typing import Final

from survey.domain.accounts import Grant, Role
from survey.domain.audit import OPERATOR
from survey.domain.loading import read
from survey.domain.records import Comparison
from tests.support.application import Running
from tests.support.campaigns import PULSE
from tests.support.staff import signed_in

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


async def plan_lunch(here: Running) -> None:
    await here.core.catalogue.publish(
        read(BADLY_WORDED, name="lunch.yaml"),
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
