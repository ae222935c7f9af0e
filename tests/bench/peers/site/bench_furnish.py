"""Create a peer's tables and an open survey of the same shape as `people-pulse`.

    python -m bench_furnish SCALE...

Each SCALE is a required-by-nobody number from 1 to 5; a comment comes last. Writes one line of
JSON: where the form is, what its fields are called, and which tables count submissions and answers.
"""

import json
import sys
from collections.abc import Sequence
from typing import Any

import django  # type: ignore[import-not-found]
from django.conf import settings  # type: ignore[import-not-found]
from django.core.management import call_command  # type: ignore[import-not-found]


def survey_and_report(scales: Sequence[str]) -> dict[str, Any]:
    """Whole numbers, for it has no scales; it does not check their range."""
    from survey import models  # type: ignore[attr-defined]  # theirs, not our package

    made: Any = models
    survey = made.Survey.objects.create(
        name="Staff pulse",
        description="To see where working here gets better or worse.",
        need_logged_user=False,
    )
    questions = {
        name: made.Question.objects.create(
            text=name, order=order, required=False, survey=survey, type=kind
        )
        for order, (name, kind) in enumerate(
            [*((name, made.Question.INTEGER) for name in scales), ("comment", made.Question.TEXT)]
        )
    }
    return {
        "path": f"/surveys/{survey.pk}/",
        "fields": {name: f"question_{question.pk}" for name, question in questions.items()},
        "submissions": "survey_response",
        "answers": "survey_answer",
    }


def form_surveys(scales: Sequence[str]) -> dict[str, Any]:
    """Ratings of five stars."""
    from djf_surveys import models  # type: ignore[import-not-found]

    survey = models.Survey.objects.create(
        name="Staff pulse",
        description="To see where working here gets better or worse.",
        can_anonymous_user=True,
        duplicate_entry=True,
    )
    kinds = models.TYPE_FIELD
    questions = {
        name: models.Question.objects.create(
            label=name, ordering=order, required=False, survey=survey, type_field=kind, choices=more
        )
        for order, (name, kind, more) in enumerate(
            [*((name, kinds.rating, "5") for name in scales), ("comment", kinds.text_area, None)]
        )
    }
    return {
        "path": f"/surveys/create/{survey.slug}/",
        "fields": {name: f"field_survey_{question.pk}" for name, question in questions.items()},
        "submissions": "djf_surveys_useranswer",
        "answers": "djf_surveys_answer",
    }


def main() -> None:
    django.setup()
    call_command("migrate", verbosity=0)
    furnish = {"survey-and-report": survey_and_report, "form-surveys": form_surveys}
    sys.stdout.write(json.dumps(furnish[settings.PEER](sys.argv[1:])) + "\n")


if __name__ == "__main__":
    main()
