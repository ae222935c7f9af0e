"""One conversation, whichever channel it is held in: load, step, write, say what to show.

The engine decides, the writer keeps; nothing is shown before it is durable. Half-finished answers
are encrypted with a key that lies outside the database.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from survey.domain.case_records import Coming
from survey.domain.expressions import Value
from survey.domain.records import REVISION_OVER, Conversation, ShownTurn, UpdateKey
from survey.domain.turns import Attach, Input, Resume, State, UnitCandidate
from survey.errors import DraftUnreadable, NotFound, StaleRevision
from survey.ports import Begin, Clock, UnitOfWork, Writer
from survey.services.attachments import Attachments
from survey.services.beginning import Beginning
from survey.services.drafts import Drafts, Pseudonyms
from survey.services.effects import settle
from survey.services.keeping import Keeping
from survey.services.looking import Looking
from survey.services.shown import Shown, Stored
from survey.services.taking import told_of

_RACES = 5
"""How often the loser of a race reads again before it gives up."""


@dataclass(frozen=True, slots=True)
class Brought:
    """Files for a report that Telegram still holds, and the rows of the inbox that they came in:
    several for an album. They are kept as the effect of these rows."""

    files: tuple[Coming, ...]
    updates: tuple[UpdateKey, ...] = ()


class Conversations:
    """The use cases of a person who answers."""

    def __init__(
        self,
        begin: Begin,
        writer: Writer,
        clock: Clock,
        drafts: Drafts,
        pseudonyms: Pseudonyms,
        attachments: Attachments,
        beginning: Beginning,
        looking: Looking,
        keeping: Keeping,
    ) -> None:
        self._begin, self._writer, self._clock = begin, writer, clock
        self._drafts, self._pseudonyms, self._attachments = drafts, pseudonyms, attachments
        self._beginning, self._looking, self._keeping = beginning, looking, keeping

    async def preview(
        self,
        questionnaire: str,
        *,
        language: str | None = None,
        unit: UnitCandidate | None = None,
        unit_fixed: bool = False,
    ) -> Shown:
        """The first turn as a newcomer sees it; nothing is stored. Raises: as `begin`."""
        published = await self._beginning.open_to_anybody(questionnaire)
        _, shown = self._beginning.drafted(
            "", published, language=language, unit=unit, unit_fixed=unit_fixed
        )
        return shown

    async def begin(
        self,
        owner: str,
        questionnaire: str,
        *,
        language: str | None = None,
        unit: UnitCandidate | None = None,
        unit_fixed: bool = False,
        again: bool = False,
        person: UUID | None = None,
        update: UpdateKey | None = None,
        given: Mapping[str, Value] | None = None,
        offers: Sequence[UnitCandidate] = (),
        first: Input | None = None,
        brought: Brought | None = None,
    ) -> Shown:
        """Start an open questionnaire, or go on where the owner left it.

        `person` is who the owner is known to be, and takes part. With `again`, somebody who has
        answered it this month may rate another service; a questionnaire that asks about none takes
        one set of answers a month from each whom we know. `update` is the inbox row that asks for
        it, which must not have had its effect. A new conversation has the answers `given` already,
        offers these units to choose from, and takes the `first` input at once; what they `brought`
        is attached in the same transaction, also to one that they had begun.

        Raises: NotFound when it does not exist or is not open to anybody with the link;
            QuestionnaireClosed when it takes no more answers; AnswerRejected when it needs a unit
            from its link and there is none; AlreadyAnswered; AlreadyApplied.
        """
        published = await self._beginning.open_to_anybody(questionnaire)
        existing = await self.current(owner, questionnaire, wave="")
        if existing is not None and not existing.state.phase.over:
            if brought is None:
                return existing
            return await self.attach(existing.conversation, brought, owner=owner, seen=existing)
        await self._beginning.refuse_a_second_time(owner, person, published, again=again)
        row, shown = self._beginning.drafted(
            owner,
            published,
            language=language,
            unit=unit,
            unit_fixed=unit_fixed,
            participant=self._pseudonyms.participant(owner, person) if person else None,
            answers=given,
            offers=offers,
            first=first,
            reporter=told_of(person, owner) if published.questionnaire.becomes_case else "",
        )
        async with self._begin() as work:
            if update is not None:
                await work.inbox.require_waiting(update)
            if brought is not None:
                found = Stored(row, published, shown.state)
                row, shown = await self._attached(work, found, brought)
            await work.conversations.add(row)
            await work.commit()
        return shown

    async def current(
        self, owner: str, questionnaire: str | None = None, *, wave: str | None = None
    ) -> Shown | None:
        """The owner's newest conversation (about this questionnaire, in this wave), over or not.

        With wave '' it is one by an open link. One so old that its key is destroyed counts as
        deleted.
        """
        async with self._begin.read() as work:
            row = await work.conversations.current(owner, questionnaire, wave=wave)
        try:
            return None if row is None else await self._looking.looked(row, Resume())
        except DraftUnreadable:
            return None

    async def resume(self, conversation: UUID, *, owner: str) -> Shown:
        """Where the owner is in this conversation. Raises: NotFound."""
        return await self.look(conversation, Resume(), owner=owner)

    async def look(self, conversation: UUID, input_: Input, *, owner: str) -> Shown:
        """What an input would lead to; nothing is kept. Raises: NotFound."""
        return await self._looking.looked(await self._looking.get(conversation, owner), input_)

    async def apply(
        self,
        conversation: UUID,
        *inputs: Input | Callable[[State], Input],
        owner: str,
        update: UpdateKey | None = None,
        seen: Shown | None = None,
    ) -> Shown:
        """Apply inputs in order, as one step; the second of two callers sees what the first did.

        An input may be a function of the state, for a channel that must see where the person is.
        With `seen`, what the owner's look at it just gave, it is read again only where another
        caller was faster. `update` is the inbox row that is done with it, in the same transaction
        (unless nothing changed: then the caller marks it).

        Raises: NotFound (also for somebody else's conversation), Busy; where it is sent,
            QuestionnaireClosed, WaveClosed, and AlreadyAnswered where somebody else, or they by
            another way, were faster.
        """
        known = _seen(seen, conversation, owner)
        for _ in range(_RACES):
            found = known or await self._looking.find(conversation, owner)
            if isinstance(found, Shown):
                return found
            sprint = self._looking.step(found.published, found.state, inputs)
            if sprint.state.revision == found.state.revision:
                return await self._looking.told(self._looking.shown(found, sprint))
            if sprint.state.phase.over:
                ended = replace(sprint.state, revision=REVISION_OVER)
                sprint = replace(sprint, state=ended)
            try:
                receipt = await self._keeping.step(found, sprint, update)
            except StaleRevision:
                known = None
                continue
            told = await self._looking.told(self._looking.shown(found, sprint, receipt=receipt))
            return replace(told, arrived=await self._looking.arrived(found.published, told))
        raise StaleRevision("conversation")

    async def attach(
        self,
        conversation: UUID,
        brought: Brought,
        *inputs: Input,
        owner: str,
        seen: Shown | None = None,
    ) -> Shown:
        """Attach files to a report that is being made, and apply what was written with them.

        All of it, with the rows of the inbox, is one transaction; to one that is over by now
        nothing is attached. `seen` is as in `apply`.

        Raises: NotFound; AlreadyApplied; Busy.
        """
        known = _seen(seen, conversation, owner)
        for _ in range(_RACES):
            found = known or await self._looking.find(conversation, owner)
            async with self._begin() as work:
                if isinstance(found, Shown):
                    await settle(work, brought.updates)
                    await work.commit()
                    return found
                row, shown = await self._attached(work, found, brought, inputs)
                if await work.conversations.step(row, expected_revision=found.row.revision):
                    await work.commit()
                    break
            known = None
        else:
            raise StaleRevision("conversation")
        return replace(shown, arrived=await self._looking.arrived(found.published, shown))

    async def _attached(
        self, work: UnitOfWork, found: Stored, brought: Brought, inputs: Sequence[Input] = ()
    ) -> tuple[Conversation, Shown]:
        """The conversation with these files, and what it shows; the caller keeps it.

        Raises: AlreadyApplied.
        """
        await settle(work, brought.updates)
        kept, refused = await self._attachments.expect(
            work, brought.files, conversation=found.row.id, owner=found.row.owner
        )
        files = [Attach(str(each.id)) for each in kept]
        sprint = self._looking.step(found.published, found.state, (*files, *inputs) or (Resume(),))
        now = self._clock.now()
        draft_key, draft = self._drafts.sealed(sprint.state, now)
        row = replace(
            found.row,
            revision=sprint.state.revision,
            phase=sprint.state.phase,
            draft=draft,
            draft_key=draft_key,
            touched_at=now,
        )
        shown = self._looking.shown(found, sprint)
        return row, replace(shown, attached=len(kept), refused=refused)

    async def forget(self, owner: str) -> None:
        """Delete the owner's conversations, whatever they are about: somebody else is here now."""
        async with self._begin() as work:
            await work.conversations.forget(owner)
            await work.commit()

    async def find_units(self, text: str) -> tuple[UnitCandidate, ...]:
        """At most 8 units whose name holds the text, for `FindUnit`."""
        async with self._begin.read() as work:
            found = await work.organisation.find_units(text)
            names = {unit.key: unit.name for unit in await work.organisation.units()}
        return tuple(
            UnitCandidate(unit.key, unit.name, names.get(unit.parent or "", "")) for unit in found
        )

    async def unit(self, key: str) -> UnitCandidate:
        """The unit of this key, for `ChooseUnit`. Raises: NotFound, also where it is archived."""
        async with self._begin.read() as work:
            unit = await work.organisation.unit(key)
        if unit is None or unit.ended_at is not None:
            raise NotFound("unit")
        return UnitCandidate(unit.key, unit.name)

    async def mark_shown(
        self, conversation: UUID, *, revision: int, message_id: int | None = None
    ) -> None:
        """The person was shown the turn of this revision, in this message of the chat.

        Raises: Busy.
        """
        await self._writer.shown(ShownTurn(conversation, revision, message_id))


def _seen(seen: Shown | None, conversation: UUID, owner: str) -> Stored | None:
    """What an earlier look found, where it was at this conversation of this owner."""
    stored = seen.stored if seen else None
    if stored is None or (stored.row.id, stored.row.owner) != (conversation, owner):
        return None
    return stored
