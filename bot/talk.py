"""One person's side of one update: where they are, one step of it, and showing what is owed.

One message per survey, edited in place after a tap. Where the person wrote something, the survey's
message has been pushed up: the next turn is sent below what they wrote, so that the open question
is always the last thing in the chat. The older message then loses its buttons where it was answered
(it reads on as question and answer) and is deleted where it was not; so a chat gains one message
for each that the person wrote, and only one at a time has buttons.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import structlog

from bot.markup import View
from bot.pace import Reply
from bot.pages import paragraphs
from bot.rendering import render
from bot.report_turns import report_turn
from bot.screen import Unreachable
from bot.whereabouts import Whereabouts
from survey.domain.audit import Actor
from survey.domain.case_records import Coming
from survey.domain.expressions import Value
from survey.domain.records import UpdateKey
from survey.domain.showing import unit_can_change
from survey.domain.turns import Answered, Cancel, Input, State, Submitted
from survey.services.conversations import Brought
from survey.services.shown import Shown

_log = structlog.get_logger()


@dataclass(slots=True)
class Talk(Whereabouts):
    """The use cases of one person in their private chat."""

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

    async def throw_away(self, shown: Shown) -> None:
        """End it where its message is to show something else. Raises: as `step`."""
        gone = await self.step(shown, Cancel())
        await self.core.conversations.mark_shown(gone.conversation, revision=gone.state.revision)

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
