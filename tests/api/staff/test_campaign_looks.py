"""What people will read, shown before anybody does: chat and e-mail beside each other."""

from survey.domain.accounts import Grant, Role
from survey.domain.audit import OPERATOR
from tests.support.application import Running
from tests.support.campaigns import PULSE
from tests.support.staff import signed_in


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
