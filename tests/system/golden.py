"""An installation that is ready for a golden conversation of `tests/transcripts`."""

import yaml

from survey.domain.loading import read
from survey.domain.records import Comparison, Unit
from survey.questionnaires import library
from tests.support.application import Running
from tests.transcripts.format import UNITS, Transcript


async def prepare(here: Running, transcript: Transcript) -> None:
    """Its units are there, and anybody may answer its questionnaire."""
    async with here.core.begin() as work:
        await work.organisation.put_units(Unit(key, name, "school") for key, name in UNITS.items())
        await work.commit()
    if isinstance(transcript.questionnaire, str):
        source = library.shipped()[transcript.questionnaire]
    else:
        source = yaml.safe_dump(dict(transcript.questionnaire), sort_keys=False)
    await here.core.catalogue.publish(
        read(source, name=f"{transcript.name}.yaml"),
        decide=lambda _: Comparison.SAME_SERIES,
        open_link=True,
    )
