"""Errors raised on purpose.

FeedbackError
├── Invalid        the person can correct it                    -> 422
│   ├── AnswerRejected       the text or press does not answer the question
│   ├── FieldsRejected       a body or file with several faults, each with its place
│   │   └── ImportRefused    a file with more faults than are named
│   ├── FileRefused          a file that is not kept, and why
│   ├── QuestionnaireFaulty  a questionnaire file with faults, each with its line
│   └── CampaignFaulty       a campaign file with faults, each with its line
├── BadQuery       a question to the API that makes no sense     -> 400
├── NotFound       absent, or not yours to see: never say which  -> 404
├── Conflict       was true, no longer is                        -> 409
│   ├── StaleRevision        another writer was faster: read again and rerun
│   │   └── BoxGone          the box was closed for good: seal for this month's anew
│   ├── ChangedMeanwhile     somebody else saved it since: see both and decide
│   ├── NeedsConfirmation    it would take out so many that somebody has to say yes
│   ├── QuestionnaireClosed  it no longer takes answers
│   ├── WaveClosed           the wave that somebody was asked in takes no more answers
│   ├── HandedOnOften        a survey for a body went from one colleague to the next enough
│   ├── CampaignRefused      not in this state, or not before something else is done
│   ├── CaseRefused          does not follow from where the report has come to
│   ├── ActionRefused        was published, is being told, or does not say yet what was done
│   ├── AlreadyAnswered      this person has answered it this month
│   ├── AlreadyApplied       the update has had its effect
│   ├── AccountLinked        an account of theirs has not ended
│   ├── LeaseLost            another process does this work now
│   ├── AccountExists        the address has an account
│   ├── LastAdministrator    nobody would be left who can manage accounts
│   └── IdempotencyMismatch  the same key came with another body
├── Refused        the caller is known and may not               -> 403
├── Unknown        the caller is not known                       -> 401
│   └── SignInRefused        a wrong address, password or code: never say which
├── TooManyTries   wrong so often that nothing is tried for now  -> 429
├── Busy           nothing was kept, trying again can help       -> 503
├── NotSent        a letter did not leave, and whether trying again can help
├── WriteFailed    nothing was kept, and the fault is ours        -> 500
└── CannotStart    a setting or the machine forbids it, and why   (the command, exit code 1)

Raised inside only:
ExpressionFault    an expression or template that cannot be read; the checker makes it a Fault
NoAnswers          a measure of nobody
DraftUnreadable    a kept conversation of another program version, or damaged
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar


class FeedbackError(Exception):
    """`code` is stable: clients and translations key on it.

    `str(error)` is English, for logs, and never carries an answer, name or chat id.
    """

    code: ClassVar[str] = "error"


class Invalid(FeedbackError):
    """The person can correct it."""

    code = "invalid"


class AnswerRejected(Invalid):
    """The text or press does not answer the question that was asked.

    `reason` is a stable word ("required", "not_a_choice", "too_long", "constraint", ...);
    `limit` is the bound that was passed, where one was.
    """

    code = "answer_rejected"

    def __init__(self, question: str, reason: str, *, limit: str | None = None) -> None:
        super().__init__(f"{question}: {reason}")
        self.question, self.reason, self.limit = question, reason, limit


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong: where it is, a stable word for it, and what to do.

    `path` is a JSON pointer-like list ("answers", "ease") for a body, or
    ("people.csv", "14", "unit") for a file: name, row and column.
    """

    path: tuple[str, ...]
    code: str
    message: str


class FieldsRejected(Invalid):
    """Several faults at once; none of the input was kept."""

    code = "fields_rejected"

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(f"{'.'.join(f.path)}: {f.code}" for f in faults))
        self.faults = tuple(faults)


class ImportRefused(FieldsRejected):
    """A file was refused; `rows` counts the faulty rows, `faults` names the first ones."""

    def __init__(self, faults: list[Fault], *, rows: int) -> None:
        super().__init__(faults)
        self.rows = rows


class FileRefused(Invalid):
    """A file is not kept.

    `reason` is a stable word (`survey.domain.file_kinds.Refusal`), said in words by
    `survey.domain.file_words.why_refused`; `name` is the file's as it came, for the person alone.
    """

    code = "file_refused"

    def __init__(self, reason: str, name: str) -> None:
        super().__init__(reason)
        self.reason, self.name = reason, name


class QuestionnaireFaulty(FieldsRejected):
    """A questionnaire file cannot be published as it stands."""

    code = "questionnaire_faulty"


class CampaignFaulty(FieldsRejected):
    """A campaign file cannot be read, or not be launched as it stands."""

    code = "campaign_faulty"


class BadQuery(FeedbackError):
    """A query parameter is unknown, repeated or out of range."""

    code = "bad_query"

    def __init__(self, parameter: str, message: str) -> None:
        super().__init__(f"{parameter}: {message}")
        self.parameter, self.message = parameter, message


class NotFound(FeedbackError):
    """Absent, or not the caller's to see; the words are the same."""

    code = "not_found"


class Conflict(FeedbackError):
    """It was true when the caller looked and no longer is."""

    code = "conflict"


class StaleRevision(Conflict):
    """Another writer was faster; the loser reads again and reruns."""

    code = "stale_revision"


class ChangedMeanwhile(Conflict):
    """Somebody else saved a change since this was read; nothing was overwritten.

    `now` is the record as it stands.
    """

    code = "changed_meanwhile"

    def __init__(self, now: object) -> None:
        super().__init__(type(now).__name__)
        self.now = now


class NeedsConfirmation(Conflict):
    """An import would take out so many people or units that it may be the wrong file.

    It would end `removed` of the `present` that there are.
    """

    code = "needs_confirmation"

    def __init__(self, what: str, *, removed: int, present: int) -> None:
        share = removed * 100 // present
        super().__init__(f"it would deactivate {removed:,} of {present:,} {what} ({share}%)")
        self.what, self.removed, self.present = what, removed, present


class AlreadyApplied(Conflict):
    """The Telegram update has had its effect, by another process or an earlier try."""

    code = "already_applied"


class LeaseLost(Conflict):
    """Another process took over this work; what was worked out here is not to be kept."""

    code = "lease_lost"


class BoxGone(StaleRevision):
    """The box was closed for good and its key destroyed; seal for the box that is open now."""


class QuestionnaireClosed(Conflict):
    """The questionnaire no longer takes answers."""

    code = "questionnaire_closed"


class WaveClosed(Conflict):
    """The wave takes no more answers; `on` is the day on which it closed."""

    code = "wave_closed"

    def __init__(self, wave: str, on: date | None = None) -> None:
        super().__init__(wave)
        self.wave, self.on = wave, on


class HandedOnOften(Conflict):
    """The invitation of a body was handed on as often as it may be; the key is the body's."""

    code = "handed_on_often"


class CampaignRefused(Conflict):
    """What was asked of a campaign cannot be done now; `reason` is a stable word that says why."""

    code = "campaign_refused"

    def __init__(self, campaign: str, reason: str) -> None:
        super().__init__(f"{campaign}: {reason}")
        self.campaign, self.reason = campaign, reason


class CaseRefused(Conflict):
    """An entry does not follow from where the case has come to: it was closed meanwhile, or so."""

    code = "case_refused"

    def __init__(self, entry: str, state: str) -> None:
        super().__init__(f"{entry} does not follow {state}")
        self.entry, self.state = entry, state


class ReporterLeftOut(CaseRefused):
    """It cannot go on as a report of somebody else: whoever reported it would hear no more."""


class ActionRefused(Conflict):
    """An action cannot be published, or not be changed; `reason` is a stable word ("published",
    "nothing_to_tell", "proposed", "not_proposed", "same_person", "other_count", "too_many",
    "being_told")."""

    code = "action_refused"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class AlreadyAnswered(Conflict):
    """This person has answered the questionnaire in this month and would be counted twice.

    `again` says that they may all the same, about another service.
    """

    code = "already_answered"

    def __init__(self, questionnaire: str, month: date, *, again: bool) -> None:
        super().__init__(questionnaire)
        self.questionnaire, self.month, self.again = questionnaire, month, again


class AccountExists(Conflict):
    """The address has an account; `ended` says that it would have to be brought back."""

    code = "account_exists"

    def __init__(self, *, ended: bool) -> None:
        what_to_do = "has ended: bring it back" if ended else "exists: change what it may do"
        super().__init__(f"an account with this address {what_to_do}")
        self.ended = ended


class LastAdministrator(Conflict):
    """Nobody would be left who can manage accounts."""

    code = "last_administrator"

    def __init__(self) -> None:
        super().__init__("this is the last administrator who can sign in: make another one first")


class AccountLinked(Conflict):
    """The person has an account that has not ended; an administrator's is ended elsewhere first."""

    code = "account_linked"

    def __init__(self, *, administrator: bool) -> None:
        what_to_do = (
            "of an administrator: end it first, or give it other roles"
            if administrator
            else "that has not ended: end it first, or choose to end it with this"
        )
        super().__init__(f"the person has an account {what_to_do}")
        self.administrator = administrator


class IdempotencyMismatch(Conflict):
    """The idempotency key was used with another body."""

    code = "idempotency_mismatch"


class Refused(FeedbackError):
    """The caller is known and may not do this."""

    code = "refused"


class Unknown(FeedbackError):
    """The caller is not known: no key, or one that does not count."""

    code = "unknown_caller"


class SignInRefused(Unknown):
    """The sign-in did not work; the words are the same whatever the reason."""

    code = "sign_in_refused"


class TooManyTries(FeedbackError):
    """It was wrong too often; after `seconds` at most it can be tried again."""

    code = "too_many_tries"

    def __init__(self, seconds: int) -> None:
        super().__init__(f"try again in {seconds} s")
        self.seconds = seconds


class Busy(FeedbackError):
    """Nothing was kept; trying again can help."""

    code = "busy"


class NotSent(FeedbackError):
    """A letter did not leave.

    `again` says whether trying again can help; `reason` is a stable word for why not.
    """

    code = "not_sent"

    def __init__(self, reason: str, *, again: bool) -> None:
        super().__init__(reason)
        self.reason, self.again = reason, again


class ExpressionFault(FeedbackError):
    """An expression, or a text with `${name}` in it, cannot be read.

    `message` says what is wrong, where and what to do; `position` is the column, from 1.
    """

    code = "expression_fault"

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.message, self.position = message, position


class WriteFailed(FeedbackError):
    """The database refused a write that should have been right; nothing was kept."""

    code = "write_failed"


class CannotStart(FeedbackError):
    """The program cannot start as it is set up; the text names the setting, never its value."""

    code = "cannot_start"


class NoAnswers(FeedbackError):
    """A measure was asked of nobody."""

    code = "no_answers"


class DraftUnreadable(FeedbackError):
    """A kept conversation is of a format that this program does not know, or is damaged."""

    code = "draft_unreadable"
