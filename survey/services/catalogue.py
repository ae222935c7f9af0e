"""Questionnaires: publish, close, look up; published versions never change."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

from survey.domain.audit import OPERATOR, Actor, Note
from survey.domain.checking import check
from survey.domain.comparing import Change, compare
from survey.domain.expansion import expand
from survey.domain.form import Form
from survey.domain.inviting import stricter
from survey.domain.loading import Loaded
from survey.domain.questionnaire import Questionnaire
from survey.domain.records import Comparison, Period, QuestionnaireRow, Version
from survey.domain.structure import in_use
from survey.domain.waves import Wave
from survey.errors import Fault, NotFound, QuestionnaireFaulty
from survey.ports import Begin, Clock
from survey.services.memory import Memory

_VERSIONS_KEPT = 64

Decide = Callable[[Change], Comparison | None]
"""Asked once per changed question; None means that nobody decided."""


@dataclass(frozen=True, slots=True)
class Published:
    """A version with its compiled form; both immutable."""

    version: Version
    form: Form

    @property
    def questionnaire(self) -> Questionnaire:
        return self.form.questionnaire

    def in_wave(self, wave: Wave) -> Self:
        """The same by the promises of a wave, which may be stricter."""
        privacy = stricter(self.questionnaire.privacy, wave.privacy)
        floor = max(self.version.floor, wave.floor)
        questionnaire = self.questionnaire.model_copy(update={"privacy": privacy})
        form = replace(self.form, questionnaire=questionnaire)
        return replace(self, version=replace(self.version, floor=floor), form=form)


@dataclass(frozen=True, slots=True)
class Listed:
    """A questionnaire as it stands: its row and its newest version."""

    row: QuestionnaireRow
    published: Published


class Catalogue:
    """The questionnaires of this installation."""

    def __init__(
        self,
        begin: Begin,
        memory: Memory,
        clock: Clock,
        *,
        blocks: Mapping[str, Questionnaire],
        floor: int,
    ) -> None:
        self._begin, self._memory, self._clock = begin, memory, clock
        self._blocks, self._floor = blocks, floor
        self._versions: OrderedDict[tuple[str, int], Published] = OrderedDict()

    async def publish(
        self,
        loaded: Loaded,
        *,
        decide: Decide,
        open_link: bool,
        append: Sequence[str] = (),
        by: Actor = OPERATOR,
    ) -> Version:
        """Make the next immutable version of a questionnaire and open it for answers.

        `decide` says for each changed question whether its figures may be compared with what was
        there (`same_series`) or not (`breaks`, which begins a new series). Publishing a closed
        questionnaire opens it again.

        Raises: QuestionnaireFaulty with every fault of the file, or one per question that nobody
            decided; nothing is kept then.
        """
        blocks = tuple(dict.fromkeys((*loaded.questionnaire.append, *append)))
        wanted = loaded.questionnaire.model_copy(update={"append": blocks})
        loaded = replace(loaded, questionnaire=wanted)
        async with self._begin() as work:
            services = in_use(await work.organisation.services())
            if faults := check(loaded, services=services, blocks=self._blocks):
                raise QuestionnaireFaulty(faults)
            questionnaire = expand(wanted, services=services, blocks=self._blocks)
            key = questionnaire.key
            before = await work.questionnaires.version(key)
            changes = self._decided(before, questionnaire, decide)
            breaks = Comparison.BREAKS in changes.values()
            version = Version(
                questionnaire=key,
                number=before.number + 1 if before else 1,
                series=(before.series + breaks) if before else 1,
                floor=self._floor,
                content=questionnaire.model_dump_json(exclude_defaults=True),
                published_at=self._clock.now(),
                changes=changes,
            )
            await work.questionnaires.publish(version, open_link=open_link)
            told = {"version": version.number, "link": "open" if open_link else "closed"}
            about = f"questionnaire:{key}"
            await work.audit.add(
                Note(version.published_at, by, "questionnaire.published", about, told)
            )
            await work.commit()
        return version

    @staticmethod
    def _decided(
        before: Version | None, questionnaire: Questionnaire, decide: Decide
    ) -> dict[str, Comparison]:
        if before is None:
            return {}
        old = Questionnaire.model_validate_json(before.content)
        decided: dict[str, Comparison] = {}
        undecided = []
        for change in compare(old, questionnaire):
            answer = decide(change)
            if answer is None:
                undecided.append(
                    Fault(
                        (questionnaire.key, change.question),
                        "undecided",
                        f"{change.what}; say whether its figures may be compared with "
                        f"version {before.number}: --same-series {change.question} "
                        f"or --breaks {change.question}",
                    )
                )
            else:
                decided[change.question] = answer
        if undecided:
            raise QuestionnaireFaulty(undecided)
        return decided

    async def close(self, key: str, *, by: Actor = OPERATOR) -> None:
        """Take no more answers.

        What waits in its boxes is opened, and its last figures are published, by the next tick.

        Raises: NotFound.
        """
        async with self._begin() as work:
            if await work.questionnaires.get(key) is None:
                raise NotFound(f"questionnaire {key}")
            now = self._clock.now()
            await work.questionnaires.close(key, at=now)
            await work.audit.add(Note(now, by, "questionnaire.closed", f"questionnaire:{key}"))
            for cell in await work.cells.of(key):
                if cell.by is Period.MONTH:
                    await work.cells.mark_due(key, cell.start)
            await work.commit()

    async def all(self) -> list[Listed]:
        """Every survey with its newest version, by key: what people are asked, and is counted."""
        return [
            each for each in await self.every() if not each.published.questionnaire.becomes_case
        ]

    async def every(self) -> list[Listed]:
        """The same with those whose answers become a case."""
        async with self._begin.read() as work:
            rows = await work.questionnaires.all()
        return [Listed(row, await self.version(row.key, row.version)) for row in rows]

    async def get(self, key: str) -> Listed:
        """Raises: NotFound."""
        row = await self._memory.recall(
            ("questionnaire", key), lambda work: work.questionnaires.get(key)
        )
        if row is None:
            raise NotFound(f"questionnaire {key}")
        return Listed(row, await self.version(key, row.version))

    async def version(self, key: str, number: int) -> Published:
        """A version, compiled once and kept: versions are immutable, so it never goes stale.

        Raises: NotFound.
        """
        wanted = (key, number)
        if wanted in self._versions:
            self._versions.move_to_end(wanted)
            return self._versions[wanted]
        async with self._begin.read() as work:
            version = await work.questionnaires.version(key, number)
        if version is None:
            raise NotFound("questionnaire")
        form = Form.compile(
            Questionnaire.model_validate_json(version.content), version=version.number
        )
        self._versions[wanted] = Published(version, form)
        if len(self._versions) > _VERSIONS_KEPT:
            self._versions.popitem(last=False)
        return self._versions[wanted]
