"""What a questionnaire asks how satisfied people are with."""

from survey.domain.questionnaire import Questionnaire


def services_rated(questionnaire: Questionnaire) -> frozenset[str]:
    """The keys of all services that somebody may rate in it; empty where it is about none.

    Args:
        questionnaire: as published. Where people choose what they rate, each that they may choose
            counts.
    """
    rated = {each.service for each in questionnaire.questions if each.asks and each.service}
    if (name := questionnaire.service_question) is not None:
        rated |= {choice.name for choice in questionnaire.question(name).closed_choices}
    return frozenset(rated)
