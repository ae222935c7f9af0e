"""One person's side of one update: where they are, one step of it, and showing what is owed.

One message per survey, edited in place after a tap. Where the person wrote something, the survey's
message has been pushed up: the next turn is sent below what they wrote, so that the open question
is always the last thing in the chat. The older message then loses its buttons where it was answered
(it reads on as question and answer) and is deleted where it was not; so a chat gains one message
for each that the person wrote, and only one at a time has buttons.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import structlog

from bot.markup import View, above
from bot.pace import Pace, Reply
from bot.pages import paragraphs, surveys
from bot.rendering import render
from bot.report_turns import report_turn
from bot.screen import Screen, Unreachable
from bot.sentences import Sentences, speech
from bot.standing import Standing
from survey.domain.audit import Actor
from survey.domain.case_records import Coming
from survey.domain.expressions import Value
from survey.domain.questionnaire import UnitRule
from survey.domain.records import Channel, Chat, Conversation, UpdateKey
from survey.domain.showing import unit_can_change
from survey.domain.turns import (
    Answered,
    Cancel,
    Input,
    OverTurn,
    Phase,
    Stale,
    State,
    Submitted,
)
from survey.errors import AlreadyApplied, NotFound
from survey.services.catalogue import Listed
from survey.services.conversations import Brought
from survey.services.handovers import Moving
from survey.services.joining import Member, Offered
from survey.services.reporters import Reporter
from survey.services.shown import Shown
from survey.wiring import Application

_log = structlog.get_logger()

A_WHILE: Final = timedelta(minutes=10)
"""After this long, somebody who comes back is told how far they came."""


ATTENTION: Final = timedelta(minutes=30)
"""So long, what somebody writes is for the problem report that they chose last."""

A_DAY: Final = timedelta(days=1)
"""So long, what somebody writes may still be about the answers that they sent."""


@dataclass(slots=True)
class Handling:
    """The update being handled; `kept` once a step has marked it as applied.

    `waiting` tells how many later updates of the same person are there by now, and `later` reads
    them, the oldest first; so many of them are `taken`: kept with this one.
    """

    key: UpdateKey
    kept: bool = False
    waiting: Callable[[], int] = int
    later: Callable[[], Sequence[tuple[UpdateKey, Mapping[str, Any]]]] = tuple
    taken: int = 0

    def to_come(self) -> int:
        """How many later updates will be answered for themselves."""
        return self.waiting() - self.taken


def parts_of(owner: str) -> tuple[int, int]:
    """The bot and the person of an owner made by `records.owner_of`."""
    _, bot, user = owner.split(":")
    return int(bot), int(user)


@dataclass(slots=True)
class Talk:
    """The use cases of one person in their private chat, whose number is the person's.

    `newest` is the id of what the person wrote just now: whatever is sent has a higher one.
    """

    core: Application
    screen: Screen
    chat: Chat
    newest: int = 0
    telegram_language: str | None = None
    handling: Handling | None = None
    on_submission: Callable[[], None] | None = None
    pace: Pace | None = None

    @property
    def owner(self) -> str:
        return self.chat.owner

    @property
    def say(self) -> Sentences:
        """The sentences of pages outside a conversation."""
        return speech(self.chat.language, self.telegram_language)

    @property
    def standing(self) -> Standing:
        """For which units the person may answer."""
        return Standing(self.core, self.chat)

    # --- who the person is ---

    async def member(self) -> Member | None:
        """As whom they have joined."""
        person = self.chat.person
        return await self.core.joining.who(person) if person else None

    async def has_account(self) -> bool:
        """Whether they have joined, and may sign in to the pages of staff from this chat."""
        person = self.chat.person
        return person is not None and await self.core.joining.has_account(person)

    async def look(self, secret: bytes) -> Offered:
        """Whom a personal link leads to. Raises: NotFound, TooManyTries."""
        return await self.core.joining.look(secret, bot=self.chat.bot, user=self.chat.user)

    async def join(self, secret: bytes) -> Member:
        """Raises: NotFound, TooManyTries, Busy."""
        member = await self.core.joining.join(secret, bot=self.chat.bot, user=self.chat.user)
        await self._read_chat()
        return member

    async def read_link(self, token: str) -> UUID:
        """The invitation of a link; wrong ones are counted with those to join.

        Raises: NotFound, TooManyTries.
        """
        joining, chat = self.core.joining, self.chat
        await joining.require_room(bot=chat.bot, user=chat.user)
        try:
            return self.core.invited.read(token)
        except NotFound:
            await joining.note_wrong(bot=chat.bot, user=chat.user)
            raise

    async def leave(self) -> None:
        """Forget who they are, and what they began or chose here."""
        await self.core.joining.leave(bot=self.chat.bot, user=self.chat.user)
        await self._read_chat()

    async def wish(self, *, asked: bool) -> None:
        """Keep whether they want messages: of this chat, and of the person who has joined in it.

        Raises: AlreadyApplied.
        """
        await self.choose(stopped=not asked)
        if (person := self.chat.person) is not None:
            people, by = self.core.people, Actor.person(person)
            await (people.opt_in(person, by=by) if asked else people.opt_out(person, by=by))
            if not asked:
                await self.core.invited.refuse_all(person, by=by)

    async def _read_chat(self) -> None:
        chat = await self.core.begin.glances.chat(self.chat.bot, self.chat.user)
        self.chat = chat or Chat(self.chat.bot, self.chat.user)

    # --- where the person is ---

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

    # --- the other channel ---

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

    # --- the survey ---

    async def begin(self, questionnaire: str, *, again: bool = False) -> Shown:
        """Start it, or go on where the person left it; the unit of an earlier survey is known.

        Raises: NotFound, QuestionnaireClosed, AlreadyAnswered (see `Conversations.begin`);
            AnswerRejected where its link should say a unit and none is known.
        """
        listed = await self.core.catalogue.get(questionnaire)
        if listed.published.questionnaire.becomes_case:
            return await self.report()
        unit, fixed = await self.standing.at_the_beginning(questionnaire)
        shown = await self.core.conversations.begin(
            self.owner,
            questionnaire,
            language=self.say.language,
            unit=unit,
            unit_fixed=fixed,
            again=again,
            person=self.chat.person,
            update=self.unsettled,
        )
        return await self.standing.offered(shown)

    async def open_invitation(self, invitation: UUID) -> Shown:
        """Begin to answer it, or go on, here. Raises: as `Invited.open`."""
        shown = await self.core.invited.open(
            invitation, owner=self.owner, language=self.chat.language, update=self.unsettled
        )
        return await self.standing.offered(shown)

    async def give_again(self, invitation: UUID) -> Shown:
        """Send what the body answered last time. Raises: as `Bodies.unchanged`."""
        shown = await self.core.bodies.unchanged(invitation, owner=self.owner)
        if self.on_submission and any(isinstance(each, Submitted) for each in shown.events):
            self.on_submission()
        return shown

    async def stop(self, invitation: UUID, *, by: Actor) -> None:
        """No survey at all, neither here nor by another channel."""
        await self.core.invited.stop(invitation, by=by)
        await self.choose(stopped=True)

    @property
    def unsettled(self) -> UpdateKey | None:
        """The update that what is written now is the effect of, where no step has marked it."""
        handling = self.handling
        return handling.key if handling and not handling.kept else None

    def had_its_effect(self, *, others: int = 0) -> None:
        """What is kept is kept with the update: whatever fails from here on, it is not done again.

        Args:
            others: how many later updates it was kept with too.
        """
        if self.handling:
            self.handling.kept, self.handling.taken = True, others

    async def throw_away(self, shown: Shown) -> None:
        """End it where its message is to show something else. Raises: as `step`."""
        gone = await self.step(shown, Cancel())
        await self.core.conversations.mark_shown(gone.conversation, revision=gone.state.revision)

    def was_away(self, shown: Shown) -> bool:
        """Whether somebody with answers to go on with took their last step a while ago."""
        given = any(value is not None for value in shown.state.answers.values())
        return given and self.core.clock.now() - shown.touched_at > A_WHILE

    async def resume(self, conversation: UUID) -> Shown:
        """Raises: NotFound, also for somebody else's conversation."""
        shown = await self.core.conversations.resume(conversation, owner=self.owner)
        return self._worded(await self.standing.offered(shown))

    async def step(self, shown: Shown, input_: Input, *more: Input) -> Shown:
        """Apply inputs to what was seen, and in the same transaction mark the update as done.

        Raises: NotFound, QuestionnaireClosed, Busy.
        """
        seen: list[int] = []

        def at(state: State) -> Input:
            seen.append(state.revision)
            return input_

        handling = self.handling
        shown = await self.core.conversations.apply(
            shown.conversation,
            at,
            *more,
            owner=self.owner,
            update=handling.key if handling else None,
            seen=shown,
        )
        if handling and seen and shown.state.revision != seen[-1]:
            handling.kept = True
        for event in shown.events:
            if isinstance(event, Submitted):
                if self.on_submission:
                    self.on_submission()
                await self._remember_unit(shown, event.unit)
        return self._worded(await self.standing.offered(shown))

    async def _remember_unit(self, shown: Shown, unit: str | None) -> None:
        """The next survey need not ask."""
        published = shown.published
        if shown.invitation is not None:
            return
        chosen_here = unit_can_change(published.form, shown.state)
        if not unit or unit == self.chat.unit or not chosen_here:
            return
        if await self.standing.remembers(published.questionnaire.privacy):
            await self.choose(unit=unit)

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

    # --- showing ---

    async def show(
        self, shown: Shown, *, at: int | None, view: View | None = None, hint: str | None = None
    ) -> None:
        """Show the turn (or the view in its place), and note that it was shown.

        Args:
            at: the message to edit; None for a new one below what the person wrote.
        """
        reported = shown.case if any(isinstance(e, Submitted) for e in shown.events) else None
        await self.attend(reported.id.hex if reported else None)
        reply = await self.may_reply()
        if reply is Reply.NOT_AT_ALL:
            return
        if closed := await self.closed(shown):
            view = paragraphs(closed)
        view = view or await report_turn(self.core, shown, hint=hint) or render(shown, hint=hint)
        view = self._with_a_word(reply, view)
        before, message = shown.message_id, shown.message_id
        try:
            if at is None:
                message = await self.screen.send(
                    self.chat.user, view, after=max(self.newest, before or 0)
                )
            else:
                message = await self.screen.replace(self.chat.user, at, view)
        except Unreachable:
            # They see it when they come back: any /start or /survey shows where they are.
            _log.info("person_unreachable", bot=self.chat.bot)
        await self.core.conversations.mark_shown(
            shown.conversation, revision=shown.state.revision, message_id=message
        )
        if before is not None and before != message:
            answered = any(isinstance(event, Answered) for event in shown.events)
            await self.retire(before, keep=answered)

    async def may_reply(self) -> Reply:
        """Whether this update is answered, or a later one of theirs; waits for the turn."""
        if self.pace is None or self.handling is None:
            return Reply.NOW
        return await self.pace.turn(self.chat.user, self.handling.to_come)

    async def require_ours(self) -> None:
        """Raises: AlreadyApplied, where the update has had its effect with another one."""
        if not await self._is_ours():
            raise AlreadyApplied("update")

    async def _is_ours(self) -> bool:
        """Whether nobody else has answered the update: this process may have been held up."""
        if self.unsettled is None:
            return True
        async with self.core.begin.read() as work:
            return await work.inbox.waits(self.unsettled)

    def _with_a_word(self, reply: Reply, view: View) -> View:
        """The view, with why it answers several messages."""
        if reply is not Reply.WITH_A_WORD:
            return view
        told = self.say._("You write faster than I can answer. I have read it all.")
        return above(told, view)

    async def retire(self, message: int, *, keep: bool) -> None:
        """Take an older message out of play (see `Screen.retire`)."""
        await self.screen.retire(self.chat.user, message, keep=keep)

    async def tell(
        self, view: View, *, instead_of: int | None = None, about: int | None = None
    ) -> None:
        """A page of its own, at the bottom or in place of another; as a reply to `about`.

        Raises: AlreadyApplied, where another process has answered this update meanwhile: what is
            worked out here may be about a survey that has gone on since.
        """
        await self.require_ours()
        reply = await self.may_reply()
        if reply is Reply.NOT_AT_ALL:
            return
        view = self._with_a_word(reply, view)
        try:
            if instead_of is None:
                await self.screen.send(self.chat.user, view, about=about)
            else:
                await self.screen.replace(self.chat.user, instead_of, view)
        except Unreachable:
            _log.info("person_unreachable", bot=self.chat.bot)

    # --- problem reports ---

    @property
    def reporter(self) -> Reporter:
        """As whom they follow the problems that they reported."""
        return Reporter(person=self.chat.person, chat=self.owner)

    async def report(
        self,
        *,
        given: Mapping[str, Value] | None = None,
        at_once: bool = False,
        files: tuple[Coming, ...] = (),
        updates: tuple[UpdateKey, ...] = (),
    ) -> Shown:
        """Start to report a problem, or go on with the report that they began.

        Args:
            given: answers that are there already.
            at_once: what the notice says is shown with the first question.
            files, updates: as in `attach`.

        Raises: QuestionnaireClosed; AlreadyApplied.
        """
        brought = self._brought(files, updates) if files else None
        shown = await self.core.reports.begin(
            self.owner,
            language=self.say.language,
            person=self.chat.person,
            given=given,
            at_once=at_once,
            update=self.unsettled,
            brought=brought,
        )
        if brought is not None:
            self.had_its_effect(others=max(0, len(brought.updates) - 1))
        return await self.standing.offered(shown)

    async def attach(
        self, shown: Shown, files: tuple[Coming, ...], updates: tuple[UpdateKey, ...], *more: Input
    ) -> Shown:
        """Attach files to the report that they are making, and apply more inputs.

        Args:
            updates: the rows of the inbox that the files came in, this update's the first.

        Raises: NotFound; AlreadyApplied; Busy.
        """
        brought = self._brought(files, updates)
        shown = await self.core.conversations.attach(
            shown.conversation, brought, *more, owner=self.owner, seen=shown
        )
        self.had_its_effect(others=max(0, len(brought.updates) - 1))
        return self._worded(await self.standing.offered(shown))

    def _brought(self, files: tuple[Coming, ...], updates: tuple[UpdateKey, ...]) -> Brought:
        return Brought(files, updates if self.unsettled else ())

    async def read_case_link(self, token: str) -> UUID:
        """What a link to a case is made of; wrong ones are counted with those to join.

        Raises: NotFound, TooManyTries.
        """
        joining, chat = self.core.joining, self.chat
        await joining.require_room(bot=chat.bot, user=chat.user)
        link = self.core.case_links.read(token)
        if link is None:
            await joining.note_wrong(bot=chat.bot, user=chat.user)
            raise NotFound("link")
        return link

    @property
    def attends(self) -> str | None:
        """The case (as in `Chat.about`) that what they write now is for; for a while only."""
        since = self.chat.about_at
        if since is None or self.core.clock.now() - since > ATTENTION:
            return None
        return self.chat.about

    async def attend(self, case: str | None) -> None:
        """What they write next is for this case, or for none. Raises: AlreadyApplied."""
        if case is None and self.chat.about is None:
            return
        at = self.core.clock.now() if case else None
        self.chat = replace(self.chat, about=case, about_at=at)
        await self._keep_chat()

    # --- what the person chose here ---

    async def choose(
        self,
        *,
        language: str | None = None,
        unit: str | None = None,
        stopped: bool | None = None,
    ) -> None:
        """Keep what the person chose for this chat. Raises: AlreadyApplied."""
        self.chat = replace(
            self.chat,
            language=language or self.chat.language,
            unit=unit or self.chat.unit,
            stopped=self.chat.stopped if stopped is None else stopped,
        )
        await self._keep_chat()

    async def _keep_chat(self) -> None:
        async with self.core.begin() as work:
            if self.unsettled:
                await work.inbox.require_waiting(self.unsettled)
            await work.chats.put(self.chat)
            await work.commit()
