"""Answers that come whole: one over the API, or many in a file.

Both are checked by the same rules as a conversation, and kept all or nothing.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import blake2b, file_digest, sha256
from io import BufferedReader
from typing import Any
from zoneinfo import ZoneInfo

from survey.domain.audit import OPERATOR, Actor, Note
from survey.domain.calendar import EARLIEST
from survey.domain.counting import Counting
from survey.domain.csvfile import CsvFile, Row
from survey.domain.expressions import Value
from survey.domain.form import Form
from survey.domain.path import read_cells, read_json
from survey.domain.questionnaire import UnitRule
from survey.domain.records import Idempotency, Receipt, Response
from survey.domain.retention import first_whole_month
from survey.domain.suggest import did_you_mean
from survey.errors import (
    BoxGone,
    Busy,
    Fault,
    FieldsRejected,
    ImportRefused,
    NotFound,
    QuestionnaireClosed,
)
from survey.ports import Begin, Clock, UnitOfWork, Writer
from survey.services.catalogue import Catalogue, Published
from survey.services.intake import Answers, Intake, response
from survey.services.memory import Memory
from survey.tally import Counted, Tally

_FAULTS_LISTED = 20
_CHUNK = 2_000
_RACES = 3
_FIXED_COLUMNS = ("submitted_on", "unit", "language")

Read = Callable[[Form, Mapping[str, Any], date], Mapping[str, Value]]


@dataclass(frozen=True, slots=True)
class Offered:
    """One response as offered from outside, before any check of its answers."""

    questionnaire: str
    unit: str | None
    language: str | None
    answers: Mapping[str, Any]
    submitted_on: date | None = None


class Responses:
    """Takes whole responses."""

    def __init__(
        self,
        begin: Begin,
        memory: Memory,
        writer: Writer,
        clock: Clock,
        catalogue: Catalogue,
        intake: Intake,
        *,
        zone: ZoneInfo,
        digest_keys: Sequence[bytes],
        tally: Tally,
    ) -> None:
        self._begin, self._memory, self._writer, self._clock = begin, memory, writer, clock
        self._catalogue, self._intake, self._zone = catalogue, intake, zone
        self._digest_keys, self._tally = digest_keys, tally

    async def accept(
        self,
        offered: Offered,
        *,
        open_only: bool,
        scope: str,
        idempotency_key: str | None,
        tells_apart: bool = True,
    ) -> Receipt:
        """Check one response and keep it; a repeat with the same key gives the same receipt.

        Args:
            scope: whose idempotency key it is: an API key, or the questionnaire for open links.
            tells_apart: a repeat with other answers is refused; else nothing of the answers is
                kept beside the key, and the first ones count.

        Raises: NotFound, QuestionnaireClosed, FieldsRejected, IdempotencyMismatch, Busy.
        """
        listed = await self._catalogue.get(offered.questionnaire)
        if listed.published.questionnaire.becomes_case or (open_only and not listed.row.open_link):
            raise NotFound("questionnaire")
        if listed.row.closed_at is not None:
            raise QuestionnaireClosed(offered.questionnaire)
        check = _Check(listed.published, await self._units(), self._today())
        answers = check.whole(offered, read_json)
        idempotency = None
        if idempotency_key is not None:
            key = sha256(_bytes(idempotency_key)).hexdigest()
            told = offered if tells_apart else replace(offered, answers={})
            idempotency = Idempotency(scope, key, *self._body_digests(told))
        for _ in range(_RACES):
            submission = await self._intake.submission(
                listed.published, answers, on=offered.submitted_on, idempotency=idempotency
            )
            try:
                receipt = await self._writer.submit(submission)
            except BoxGone:
                self._intake.forget_boxes()
            else:
                self._tally.count(Counted.SUBMISSIONS, "api")
                return receipt
        raise Busy("the box was closed meanwhile")

    async def import_file(
        self,
        questionnaire: str,
        content: Callable[[], BufferedReader],
        *,
        name: str,
        again: bool = False,
        by: Actor = OPERATOR,
        progress: Callable[[int], object] = int,
    ) -> int:
        """Keep every row of a responses CSV, or none. Returns how many there were.

        `content` opens the file anew (it is read twice: for its digest, then row by row).
        `progress` hears how many rows are done. A row without `submitted_on` counts for today.

        Raises: NotFound (questionnaire), FieldsRejected with the first faults by row and column,
            or because the same file was imported before and `again` is not set.
        """
        listed = await self._catalogue.get(questionnaire)
        published = listed.published
        if published.questionnaire.becomes_case:
            raise NotFound(f"questionnaire {questionnaire}")
        check = _Check(published, await self._units(), self._today())
        with content() as whole:
            digest = file_digest(whole, "sha256").hexdigest()
        asked = [question.name for question in published.questionnaire.questions if question.asks]
        done = 0
        faults: list[Fault] = []
        faulty = 0
        async with self._begin() as work:
            if await work.responses.was_imported(digest) and not again:
                message = "this file was imported before; --again imports it once more"
                raise FieldsRejected([Fault((name,), "imported_before", message)])
            with content() as lines:
                file = CsvFile(lines, name=name, required=(), allowed=(*_FIXED_COLUMNS, *asked))
                chunk: list[Response] = []
                counting = Counting()  # few rows for many answers: written once
                for row in file:
                    try:
                        kept = check.row(row)
                    except FieldsRejected as refused:
                        faulty += 1
                        faults += [_in_row(fault, name, row) for fault in refused.faults]
                        del faults[_FAULTS_LISTED:]
                        continue
                    done += 1
                    chunk.append(kept)
                    counting.add(published.questionnaire, kept)
                    if len(chunk) == _CHUNK and not faulty:
                        await work.responses.add(chunk, {})
                        chunk = []
                        progress(done)
            if faulty:
                raise ImportRefused(faults, rows=faulty)
            if not done:
                raise FieldsRejected([Fault((name,), "empty", "the file has no rows")])
            await work.responses.add(chunk, counting.total())
            now = self._clock.now()
            await work.responses.mark_imported(digest, at=now)
            about = f"questionnaire:{questionnaire}"
            await work.audit.add(Note(now, by, "responses.imported", about, {"n": done}))
            await work.commit()
        progress(done)
        return done

    async def rebuild_counts(self, questionnaire: str) -> int:
        """Count a questionnaire's responses anew, in one transaction. Returns how many there were.

        Months of which responses are deleted already keep the counts that they have. Nobody else
        can send answers of any questionnaire meanwhile.

        Raises: NotFound.
        """
        await self._catalogue.get(questionnaire)
        counting = Counting()
        done = 0
        since = first_whole_month(self._today())
        async with self._begin() as work:
            await work.responses.lock_counts()
            async for each in work.responses.all(questionnaire):
                if each.month < since:
                    continue
                published = await self._catalogue.version(questionnaire, each.version)
                counting.add(published.questionnaire, each)
                done += 1
            await work.responses.rebuild_counts(questionnaire, counting.total(), since=since)
            await work.commit()
        return done

    def _body_digests(self, offered: Offered) -> list[str]:
        """By the key of now, then by that of before the secret was changed.

        Keyed, since a plain hash gives away sealed answers to whoever tries all there can be.
        """
        body = _bytes(_canonical(offered))
        return [blake2b(body, key=key, digest_size=32).hexdigest() for key in self._digest_keys]

    def _today(self) -> date:
        return self._clock.now().astimezone(self._zone).date()

    async def _units(self) -> Mapping[str, bool]:
        """Every unit's key, and whether it is in use."""

        async def read(work: UnitOfWork) -> Mapping[str, bool]:
            units = await work.organisation.units()
            return {unit.key: unit.ended_at is None for unit in units}

        return await self._memory.recall("unit keys", read) or {}


class _Check:
    """The rules that one response must keep, for one questionnaire on one day."""

    def __init__(self, published: Published, units: Mapping[str, bool], today: date) -> None:
        self._published, self._units, self._today = published, units, today

    def whole(self, offered: Offered, read: Read) -> Answers:
        """The checked answers. Raises: FieldsRejected with every fault."""
        questionnaire = self._published.questionnaire
        faults = self._unit_faults(offered.unit)
        language = offered.language or questionnaire.default_language
        if language not in questionnaire.languages:
            listed = ", ".join(questionnaire.languages)
            faults.append(Fault(("language",), "not_a_language", f"it is asked in: {listed}"))
        if offered.submitted_on is not None and offered.submitted_on > self._today:
            faults.append(Fault(("submitted_on",), "in_the_future", "it lies in the future"))
        if offered.submitted_on is not None and offered.submitted_on < EARLIEST:
            message = f"it lies before {EARLIEST.year}; is the year mistyped?"
            faults.append(Fault(("submitted_on",), "too_early", message))
        answers: Mapping[str, Value] = {}
        try:
            answers = read(self._published.form, offered.answers, self._today)
        except FieldsRejected as rejected:
            faults += rejected.faults
        if faults:
            raise FieldsRejected(faults)
        return Answers(offered.unit, language, answers)

    def row(self, row: Row) -> Response:
        """One row of a responses file. Raises: FieldsRejected, paths as for an API body."""
        submitted_on = self._today
        if text := row.cells.get("submitted_on"):
            try:
                submitted_on = date.fromisoformat(text)
            except ValueError:
                message = "write the date as 2026-03-31"
                raise FieldsRejected([Fault(("submitted_on",), "not_a_date", message)]) from None
        offered = Offered(
            questionnaire=self._published.version.questionnaire,
            unit=row.cells.get("unit") or None,
            language=row.cells.get("language") or None,
            answers={
                name: text
                for name, text in row.cells.items()
                if name not in _FIXED_COLUMNS and text
            },
            submitted_on=submitted_on,
        )
        answers = self.whole(offered, read_cells)
        return response(self._published, answers, month=submitted_on.replace(day=1), wave="")

    def _unit_faults(self, unit: str | None) -> list[Fault]:
        if self._published.questionnaire.unit is UnitRule.NONE:
            if unit is None:
                return []
            return [Fault(("unit",), "no_unit", "this questionnaire is not asked by unit")]
        if unit is None:
            return [Fault(("unit",), "required", "name the unit of who answers")]
        if unit not in self._units:
            hint = did_you_mean(unit, [key for key, used in self._units.items() if used])
            return [Fault(("unit",), "not_a_unit", f"there is no such unit{hint}")]
        if not self._units[unit]:
            return [Fault(("unit",), "archived_unit", "it is archived: nobody answers for it")]
        return []


def _in_row(fault: Fault, name: str, row: Row) -> Fault:
    column = fault.path[-1]
    message = fault.message
    if value := row.cells.get(column):
        message = f"'{value[:40]}': {message}"
    return Fault((name, str(row.number), column), fault.code, message)


def _canonical(offered: Offered) -> str:
    body = [
        offered.questionnaire,
        offered.unit,
        offered.language,
        dict(offered.answers),
        str(offered.submitted_on),
    ]
    return json.dumps(body, sort_keys=True, ensure_ascii=False, default=str)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
