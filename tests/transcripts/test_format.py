from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.transcripts.format import (
    Action,
    Played,
    Seen,
    Step,
    Transcript,
    Verb,
    differences,
    dump,
    load,
    transcripts,
    updated,
)

WRITTEN: dict[str, Any] = {
    "about": "Somebody declines.",
    "questionnaire": "people-pulse",
    "language": "en",
    "steps": [{"shown": "notice"}, {"person": {"choose": "Agree"}, "shown": "advocacy (2 of 8)"}],
}
SEEN = (Seen("notice"), Seen("advocacy", 2, 8))


def loaded(folder: Path, **changes: Any) -> Transcript:
    path = folder / "one.yaml"
    path.write_text(yaml.safe_dump({**WRITTEN, **changes}), encoding="utf-8")
    return load(path)


def said(transcript: Transcript, *seen: Seen, stored: Any = None) -> list[str]:
    return list(differences(transcript, Played(seen, stored)))


def test_there_are_golden_conversations() -> None:
    assert len(transcripts()) >= 12


def test_a_transcript_is_read_as_it_was_written(tmp_path: Path) -> None:
    transcript = loaded(tmp_path, unit="oakfield", stored={"unit": "oakfield"})
    path = tmp_path / "one.yaml"
    path.write_text(dump(transcript), encoding="utf-8")

    assert load(path) == transcript
    assert transcript.steps[1] == Step(Action(Verb.CHOOSE, "Agree"), {"shown": "advocacy (2 of 8)"})


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ({"person": {"choose": 4}, "shown": "x"}, "step 2: put 4 in quotation marks"),
        ({"person": "jump", "shown": "x"}, "step 2: 'jump' is not"),
        ({"person": "type", "shown": "x"}, "step 2: type what"),
        ({"person": "start", "show": "x"}, "step 2: show"),
        ({"shown": "x"}, "step 2: who acts"),
    ],
)
def test_a_step_that_is_not_of_the_format_is_named(
    tmp_path: Path, step: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        loaded(tmp_path, steps=[{"shown": "notice"}, step])


def test_a_word_that_means_nothing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="lang"):
        loaded(tmp_path, lang="cy")


def test_a_conversation_that_went_as_written_has_no_differences(tmp_path: Path) -> None:
    assert said(loaded(tmp_path), *SEEN) == []


def test_another_route_another_problem_and_other_answers_are_told(tmp_path: Path) -> None:
    transcript = loaded(tmp_path)
    refused = replace(SEEN[1], details={"problem": "required"})

    assert len(said(transcript, SEEN[0], Seen("attachment", 3, 8))) == 1
    assert len(said(transcript, SEEN[0], refused)) == 1
    assert len(said(transcript, *SEEN, stored={"answers": {}})) == 1


def test_what_a_channel_cannot_tell_is_not_compared(tmp_path: Path) -> None:
    transcript = loaded(tmp_path)
    played = Played((SEEN[0], replace(SEEN[1], details={"problem": "required"})), None)

    assert list(differences(transcript, played, tells=frozenset())) == []


def test_an_update_takes_over_what_was_seen_and_keeps_what_is_looked_at(tmp_path: Path) -> None:
    steps = [{"shown": "notice", "label": "old"}, WRITTEN["steps"][1]]
    seen = (
        Seen("unit", details={"label": "new", "offered": []}),
        Seen("unit", details={"stale": "answered", "given": 4}),
    )
    new = updated(loaded(tmp_path, steps=steps), Played(seen, {"answers": {}}))

    assert [step.expected for step in new.steps] == [
        {"shown": "unit", "label": "new"},
        {"shown": "unit", "stale": "answered"},
    ]
    assert new.stored == {"answers": {}}
