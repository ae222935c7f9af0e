"""Problem reports in words: kinds, states, effects and verdicts, whoever reads them.

Those who work reports read them about "them"; whoever reported is told about "you" (`TOLD_…`).
"""

from collections.abc import Mapping
from typing import Final

from survey.domain.cases import CaseKind, CaseState, Effect, Priority, Verdict, Weight
from survey.domain.language import N_

KINDS: Final[Mapping[CaseKind, str]] = {
    CaseKind.BROKEN: N_("Something is broken"),
    CaseKind.WRONG_PAY: N_("Wrong pay or bill"),
    CaseKind.HARD_TO_USE: N_("Hard to use"),
    CaseKind.FIGURES: N_("A report does not match the data"),
    CaseKind.DATA_ASTRAY: N_("Personal data went astray"),
    CaseKind.FEEDBACK: N_("Unhappy in a survey, and may be contacted"),
    CaseKind.OTHER: N_("Something else"),
}

TOLD_KINDS: Final[Mapping[CaseKind, str]] = {**KINDS, CaseKind.FEEDBACK: N_("Feedback")}

STATES: Final[Mapping[CaseState, str]] = {
    CaseState.NEW: N_("New"),
    CaseState.ACKNOWLEDGED: N_("Acknowledged"),
    CaseState.IN_PROGRESS: N_("In progress"),
    CaseState.WAITING: N_("Waiting for reporter"),
    CaseState.FIXED: N_("Fixed, reporter asked"),
    CaseState.MONITORED: N_("Being watched"),
    CaseState.CONFIRMED: N_("Confirmed fixed"),
    CaseState.NOT_CONFIRMED: N_("Closed, not confirmed"),
    CaseState.DECLINED: N_("Closed without a fix"),
    CaseState.REOPENED: N_("Reopened"),
    CaseState.MERGED: N_("Merged"),
}

TOLD_STATES: Final[Mapping[CaseState, str]] = {
    CaseState.NEW: N_("Received"),
    CaseState.ACKNOWLEDGED: N_("Read"),
    CaseState.IN_PROGRESS: N_("Being worked on"),
    CaseState.WAITING: N_("Waiting for your answer"),
    CaseState.FIXED: N_("Said to be fixed"),
    CaseState.MONITORED: STATES[CaseState.MONITORED],
    CaseState.CONFIRMED: N_("Fixed"),
    CaseState.NOT_CONFIRMED: STATES[CaseState.NOT_CONFIRMED],
    CaseState.DECLINED: STATES[CaseState.DECLINED],
    CaseState.REOPENED: N_("Open again"),
    CaseState.MERGED: N_("Part of another report"),
}

EFFECTS: Final[Mapping[Effect, str]] = {
    Effect.NONE: N_("They can work"),
    Effect.SLOWS: N_("It slows them down"),
    Effect.STUCK: N_("They are stuck"),
    Effect.UNPAID: N_("Somebody is not paid"),
}

TOLD_EFFECTS: Final[Mapping[Effect, str]] = {
    Effect.NONE: N_("You can work"),
    Effect.SLOWS: N_("It slows you down"),
    Effect.STUCK: N_("You are stuck"),
    Effect.UNPAID: N_("Someone is not paid"),
}

PRIORITIES: Final[Mapping[Priority, str]] = {
    Priority.URGENT: N_("Urgent"),
    Priority.HIGH: N_("High"),
    Priority.NORMAL: N_("Normal"),
    Priority.LOW: N_("Low"),
}

WEIGHTS: Final[Mapping[Weight, str]] = {
    Weight.SNAG: N_("A snag of daily work"),
    Weight.SUBSTANTIVE: N_("A problem of substance"),
}

VERDICTS: Final[Mapping[Verdict, str]] = {
    Verdict.FIXED: N_("Fixed"),
    Verdict.PARTLY: N_("Partly fixed"),
    Verdict.NOT_FIXED: N_("Not fixed"),
}
