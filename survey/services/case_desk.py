"""Queues that somebody keeps for themselves, and replies that a team begins from."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from uuid import UUID

from survey.domain.audit import Actor, Note
from survey.domain.case_desk import (
    LONGEST_NAME,
    MOST_QUEUES,
    MOST_TEMPLATES,
    ReplyTemplate,
    SavedQueue,
)
from survey.domain.organisation import ancestors
from survey.domain.texts import fault_in
from survey.errors import Fault, FieldsRejected, NotFound
from survey.ports import Begin, Clock, Ids

_ENGLISH: Final = "en"


class CaseDesk:
    def __init__(self, begin: Begin, clock: Clock, ids: Ids) -> None:
        self._begin, self._clock, self._ids = begin, clock, ids

    async def queues(self, account: UUID) -> Sequence[SavedQueue]:
        """By name."""
        async with self._begin.read() as work:
            return await work.queues.of(account)

    async def keep_queue(self, account: UUID, name: str, query: str) -> SavedQueue:
        """Raises: FieldsRejected ("required", "too_long", "bad_sign", "name_taken", "too_many")."""
        queue = SavedQueue(self._ids.uuid(), account, name.strip(), query)
        async with self._begin() as work:
            known = await work.queues.of(account)
            faults = list(_name_faults(queue.name))
            if queue.name in {each.name for each in known}:
                faults.append(Fault(("name",), "name_taken", "another queue has this name"))
            if len(known) >= MOST_QUEUES:
                faults.append(Fault(("name",), "too_many", "remove one first"))
            if faults:
                raise FieldsRejected(faults)
            await work.queues.add(queue)
            await work.commit()
        return queue

    async def drop_queue(self, queue: UUID, account: UUID) -> None:
        """Raises: NotFound."""
        async with self._begin() as work:
            if not await work.queues.remove(queue, account=account):
                raise NotFound("queue")
            await work.commit()

    async def templates(self) -> Sequence[ReplyTemplate]:
        """All of them, by name."""
        async with self._begin.read() as work:
            return await work.reply_templates.all()

    async def templates_for(self, service: str) -> Sequence[ReplyTemplate]:
        """Those for this service or one above it, by name."""
        async with self._begin.read() as work:
            line = ancestors(await work.organisation.services()).get(service, ("",))
            found = await work.reply_templates.all()
        return [each for each in found if each.service in ("", *line)]

    async def template(self, template: UUID) -> ReplyTemplate:
        """Raises: NotFound."""
        async with self._begin.read() as work:
            found = await work.reply_templates.get(template)
        if found is None:
            raise NotFound("reply template")
        return found

    async def put_template(
        self,
        template: UUID | None,
        *,
        name: str,
        service: str,
        text: Mapping[str, str],
        by: Actor,
    ) -> ReplyTemplate:
        """Change one, or make a new one where `template` is None.

        Raises: FieldsRejected (fields "name", "service", "text-LANGUAGE"; "required", "too_long",
            "bad_sign", "no_service", "too_many").
        """
        kept = {language: each.strip() for language, each in text.items() if each.strip()}
        made = ReplyTemplate(template or self._ids.uuid(), name.strip(), service, kept)
        async with self._begin() as work:
            faults = [*_name_faults(made.name), *_text_faults(kept)]
            if service and service not in {each.key for each in await work.organisation.services()}:
                faults.append(Fault(("service",), "no_service", "there is no such service"))
            if template is None and len(await work.reply_templates.all()) >= MOST_TEMPLATES:
                faults.append(Fault(("name",), "too_many", "remove some first"))
            if faults:
                raise FieldsRejected(faults)
            await work.reply_templates.put(made)
            await work.audit.add(self._note("saved", made, by))
            await work.commit()
        return made

    async def drop_template(self, template: UUID, *, by: Actor) -> None:
        """Raises: NotFound."""
        async with self._begin() as work:
            found = await work.reply_templates.get(template)
            if found is None:
                raise NotFound("reply template")
            await work.reply_templates.remove(template)
            await work.audit.add(self._note("removed", found, by))
            await work.commit()

    def _note(self, what: str, template: ReplyTemplate, by: Actor) -> Note:
        about = f"reply_template:{template.id}"
        details = {"service": template.service} if template.service else {}
        return Note(self._clock.now(), by, f"reply_template.{what}", about, details)


def _name_faults(name: str) -> Iterator[Fault]:
    if not name:
        yield Fault(("name",), "required", "give a name")
    elif len(name) > LONGEST_NAME:
        yield Fault(("name",), "too_long", f"it is longer than {LONGEST_NAME} characters")
    elif not name.isprintable():
        yield Fault(("name",), "bad_sign", "it holds characters that cannot be shown")


def _text_faults(text: Mapping[str, str]) -> Iterator[Fault]:
    if _ENGLISH not in text:
        yield Fault((f"text-{_ENGLISH}",), "required", "write it in English")
    for language, each in text.items():
        if fault := fault_in(each, f"text-{language}"):
            yield fault
