"""Where a person is: what they may begin, have begun, sent, or taken to the web."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from bot.markup import View
from bot.membership import Membership
from bot.pages import surveys
from bot.sentences import Sentences, speech
from bot.standing import Standing
from survey.domain.questionnaire import UnitRule
from survey.domain.records import Channel, Conversation
from survey.domain.turns import OverTurn, Phase, Stale
from survey.errors import NotFound
from survey.services.catalogue import Listed
from survey.services.handovers import Moving
from survey.services.shown import Shown

A_WHILE: Final = timedelta(minutes=10)
"""After this long, somebody who comes back is told how far they came."""

A_DAY: Final = timedelta(days=1)
"""So long, what somebody writes may still be about the answers that they sent."""


@dataclass(slots=True)
class Whereabouts(Membership):
    """One person in their chat, and their conversations; none of it takes a step."""

    @property
    def standing(self) -> Standing:
        """For which units the person may answer."""
        return Standing(self.core, self.chat)

    async def what_is_open(self) -> View:
        """What they are invited to, and what else anybody may answer here."""
        person = self.chat.person
        invited = await self.core.invited.open_to(person) if person else ()
        asked = {each.wave.questionnaire for each in invited}
        others = [each for each in await self.open_surveys() if each.row.key not in asked]
        return surveys(self.say, self.core.settings.organisation, others, invited)

    async def open_surveys(self) -> list[Listed]:
        """What anybody may answer here, by key."""
        return [
            each
            for each in await self.core.catalogue.all()
            if each.row.open_link
            and each.row.closed_at is None
            and each.published.questionnaire.unit is not UnitRule.FIXED
            and not each.published.questionnaire.becomes_case
        ]

    async def open_conversation(self) -> Shown | None:
        """The unfinished conversation that the person touched last, if it can be: an open one."""
        now = self.core.clock.now()
        latest: Shown | None = None
        for each in await self._unfinished():
            shown = await self.resume(each.id)
            if shown.takes_answers(now):
                return shown
            latest = latest or shown
        return latest

    async def begun(self) -> list[str]:
        """The titles of what the person began and has not sent."""
        say, organisation = self.say, self.core.settings.organisation
        titles = []
        for each in await self._unfinished():
            published = await self.core.catalogue.version(each.questionnaire, each.version)
            words = published.form.title
            title = words.get(say.language) or next(iter(words.values()))
            titles.append(title.render({"organisation": organisation}))
        return titles

    async def _unfinished(self) -> list[Conversation]:
        async with self.core.begin.read() as work:
            return list(await work.conversations.unfinished(self.owner))

    async def has_just_sent(self) -> bool:
        """Whether the person's newest conversation was sent, and not long ago."""
        async with self.core.begin.read() as work:
            newest = await work.conversations.current(self.owner)
        if newest is None or newest.phase != Phase.SENT:
            return False
        return self.core.clock.now() - newest.touched_at <= A_DAY

    def was_away(self, shown: Shown) -> bool:
        """Whether somebody with answers to go on with took their last step a while ago."""
        given = any(value is not None for value in shown.state.answers.values())
        return given and self.core.clock.now() - shown.touched_at > A_WHILE

    async def resume(self, conversation: UUID) -> Shown:
        """Raises: NotFound, also for somebody else's conversation."""
        shown = await self.core.conversations.resume(conversation, owner=self.owner)
        return self._worded(await self.standing.offered(shown))

    def _worded(self, shown: Shown) -> Shown:
        """A conversation that was over keeps no language: it ends in that of the chat."""
        if not any(isinstance(each, Stale) and each.reason == "over" for each in shown.events):
            return shown
        return replace(shown, state=replace(shown.state, language=self.say.language))

    async def closed(self, shown: Shown) -> str | None:
        """What is said where the survey closed before these answers were sent."""
        if isinstance(shown.turn, OverTurn):
            return None
        if not shown.takes_answers(self.core.clock.now()):
            return speech(shown.state.language).closed(shown.closes_on)
        listed = await self.core.catalogue.get(shown.state.questionnaire)
        return self._closed(listed, speech(shown.state.language))

    async def closed_link(self, questionnaire: str) -> str | None:
        """What is said of a link that was open to anybody once. Raises: NotFound."""
        listed = await self.core.catalogue.get(questionnaire)
        return self._closed(listed, self.say) if listed.row.open_link else None

    def _closed(self, listed: Listed, say: Sentences) -> str | None:
        at = listed.row.closed_at
        return say.closed(at.astimezone(self.core.settings.zone).date()) if at else None

    async def link_to_web(self, shown: Shown) -> str:
        """An address that takes the conversation to a browser, once. Raises: NotFound."""
        token = await self.core.handovers.offer(
            shown.conversation, owner=self.owner, to=Channel.WEB
        )
        return f"{self.core.settings.base_url}/w/{token}"

    async def away(self, *questionnaires: str) -> Moving | None:
        """What the person took to the web; of all questionnaires where none is named."""
        keys = questionnaires or [each.row.key for each in await self.core.catalogue.all()]
        return await self.core.handovers.away(
            self.owner, keys, channel=Channel.CHAT, invited=not questionnaires
        )

    async def take_over(self, token: str) -> Shown:
        """Go on here with what was begun on the web. Raises: NotFound, AlreadyAnswered, Busy."""
        moved = await self.core.handovers.take(token, to=Channel.CHAT, owner=self.owner)
        return await self.resume(moved)

    async def take_back(self, conversation: UUID) -> Shown:
        """Go on here with what was taken to the web. Raises: NotFound, AlreadyAnswered, Busy."""
        away = await self.away()
        if away is None or away.conversation != conversation:
            raise NotFound("conversation")
        key = away.published.version.questionnaire
        await self.core.handovers.take_back(self.owner, key, channel=Channel.CHAT, wave=away.wave)
        return await self.resume(conversation)
