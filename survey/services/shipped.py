"""Questionnaires that the program works with by itself, published without anybody's doing."""

from collections.abc import Mapping, Sequence
from typing import Any

from survey.domain.audit import SERVICE
from survey.domain.expansion import expand
from survey.domain.loading import read
from survey.domain.questionnaire import SERVICES, Questionnaire
from survey.domain.records import Comparison, Service
from survey.domain.structure import in_use
from survey.errors import NotFound, QuestionnaireClosed
from survey.ports import Begin
from survey.services.catalogue import Catalogue


class Shipped:
    def __init__(self, begin: Begin, catalogue: Catalogue, texts: Mapping[str, str]) -> None:
        """`texts` are the files that come with the program, by key."""
        self._begin, self._catalogue, self._texts = begin, catalogue, texts
        self._prepared: dict[str, Sequence[Service]] = {}

    async def prepare(self, key: str, *, open_link: bool) -> None:
        """Have the shipped one published, with the services that there are now.

        One that a body has published in words of its own, or closed, is left as it is.

        Raises: QuestionnaireClosed, where there are no services to ask about.
        """
        async with self._begin.read() as work:
            services = in_use(await work.organisation.services())
            row = await work.questionnaires.get(key)
        if row is not None and (row.closed_at or self._prepared.get(key) == services):
            return
        if not services:
            raise QuestionnaireClosed(key)
        loaded = read(self._texts[key], name=f"{key}.yaml")
        wanted = expand(loaded.questionnaire, services=services, blocks={})
        if row is None or self._is_stale(await self._published(key), wanted, loaded.questionnaire):
            await self._catalogue.publish(
                loaded, decide=lambda _: Comparison.SAME_SERIES, open_link=open_link, by=SERVICE
            )
        self._prepared[key] = services

    async def _published(self, key: str) -> Questionnaire:
        """Raises: NotFound."""
        async with self._begin.read() as work:
            version = await work.questionnaires.version(key)
        if version is None:
            raise NotFound(f"questionnaire {key}")
        return Questionnaire.model_validate_json(version.content)

    @staticmethod
    def _is_stale(published: Questionnaire, wanted: Questionnaire, source: Questionnaire) -> bool:
        if published == wanted:
            return False
        return _besides_services(published, source) == _besides_services(wanted, source)


def _besides_services(expanded: Questionnaire, source: Questionnaire) -> dict[str, Any]:
    """All that it says but which services there are, and what is asked about each of them."""
    fed = {each.name for each in source.questions if each.choices == SERVICES}
    repeated = tuple(f"{each.name}_" for each in source.questions if each.for_each in fed)
    said = expanded.model_dump(exclude_defaults=True)
    questions = [each for each in said["questions"] if not each["name"].startswith(repeated)]
    for each in questions:
        if each["name"] in fed:
            del each["choices"]
    return said | {"questions": questions}
