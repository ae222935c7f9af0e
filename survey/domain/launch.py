"""What is missing before a campaign can be launched, and what is worth knowing: all at once.

Pure: what is known of the installation comes in as `Facts`. Each gap says in plain words what to
do; `words` is the sentence as catalogues know it, `values` are what stands in it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from survey.domain.campaign import CampaignPlan, ChannelName
from survey.domain.checking.texts import text_findings
from survey.domain.findings import quoted
from survey.domain.language import N_
from survey.domain.questionnaire import Privacy, Questionnaire
from survey.domain.records import QuestionnaireRow, Unit
from survey.domain.schedule import Slot
from survey.domain.suggest import did_you_mean
from survey.errors import Fault

_STRICTNESS: Final = (Privacy.ATTRIBUTED, Privacy.CONFIDENTIAL, Privacy.ANONYMOUS)

_TEXTS_MISSING: Final = frozenset({"missing_translation", "placeholders_differ"})


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that is missing (`blocks`), or a hint.

    `part` is where in the plan, such as "audience.roles"; `code` is a stable word.
    """

    part: str
    code: str
    words: str
    values: Mapping[str, object] = field(default_factory=dict)
    blocks: bool = True

    @property
    def message(self) -> str:
        """The sentence in English."""
        return self.words % self.values


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the installation when a plan is looked at.

    Args:
        questionnaire: as it stands; None where it was never published.
        content: the version that would be pinned, expanded; None where there is none.
        units: all of them, those that ended too.
        nobody_has: (field, value) that fit nobody at all, such as ("roles", "haed") and
            ("audience.attributes.site", "North").
        set_up: the channels that this installation can send by.
        schedule_faults: what keeps dates from being made of the schedule.
        slots: the next dates, in order; of a campaign without dates of its own none.
        asked: who would be asked in the first wave; for people who come one by one, who fits and
            may be asked.
        later: who is left out now, and may be asked by the time of a date to come.
        unreachable: those of them whom no channel of the plan reaches.
        languages: how many of them read which language, where one is known.
        undated: in whose column for the schedule something stands that is no date.
    """

    questionnaire: QuestionnaireRow | None
    content: Questionnaire | None
    units: Sequence[Unit]
    nobody_has: Sequence[tuple[str, str]]
    set_up: frozenset[ChannelName]
    floor: int
    approval_above: int
    schedule_faults: Sequence[Fault] = ()
    slots: Sequence[Slot] = ()
    asked: int = 0
    later: int = 0
    unreachable: int = 0
    languages: Mapping[str, int] = field(default_factory=dict)
    undated: int = 0


def gaps(plan: CampaignPlan, facts: Facts) -> tuple[Gap, ...]:
    """Everything missing, then every hint."""
    found = [
        *_words_missing(plan),
        *_questionnaire_gaps(plan, facts),
        *_audience_gaps(plan, facts),
        *_channel_gaps(plan, facts),
        *_schedule_gaps(plan, facts),
        *_size_gaps(plan, facts),
    ]
    return tuple(sorted(found, key=lambda gap: not gap.blocks))


def effective_privacy(plan: CampaignPlan, content: Questionnaire) -> Privacy:
    """The mode of its waves: that of the questionnaire, or the plan's where it names one."""
    return plan.privacy or content.privacy


def _words_missing(plan: CampaignPlan) -> Iterator[Gap]:
    if not plan.purpose.strip():
        yield Gap("purpose", "no_purpose", N_("Say why you are asking."))
    if plan.basis is None:
        yield Gap("basis", "no_basis", N_("Choose the lawful basis for asking."))
    if not plan.notice.strip():
        words = N_("Name the privacy notice that covers this campaign.")
        yield Gap("notice", "no_notice", words)
    if not plan.sender.strip():
        yield Gap("sender", "no_sender", N_("Say who is asking, as people know them."))


def _questionnaire_gaps(plan: CampaignPlan, facts: Facts) -> Iterator[Gap]:
    named = {"questionnaire": quoted(plan.questionnaire)}
    row, content = facts.questionnaire, facts.content
    if row is None:
        words = N_("The questionnaire %(questionnaire)s is not published: publish it first.")
        yield Gap("questionnaire", "not_published", words, named)
        return
    if row.closed_at is not None:
        words = N_("The questionnaire %(questionnaire)s is closed: publish it again to open it.")
        yield Gap("questionnaire", "questionnaire_closed", words, named)
    if content is None:
        words = N_(
            "There is no version %(version)d of this questionnaire; the newest is %(newest)d."
        )
        yield Gap("version", "unknown_version", words, _versions(plan, row))
        return
    if plan.version is not None and plan.version < row.version:
        words = N_("Version %(version)d is asked, and there is a newer one: %(newest)d.")
        yield Gap("version", "newer_version", words, _versions(plan, row), blocks=False)
    if content.becomes_case:
        words = N_("The questionnaire %(questionnaire)s takes problem reports: choose a survey.")
        yield Gap("questionnaire", "reports", words, named)
    wanted = effective_privacy(plan, content)
    if _STRICTNESS.index(wanted) < _STRICTNESS.index(content.privacy):
        words = N_(
            "The questionnaire promises that answers are %(promised)s; a campaign can only be "
            "stricter, and %(wanted)s is not."
        )
        modes = {"promised": content.privacy.value, "wanted": wanted.value}
        yield Gap("privacy", "looser_privacy", words, modes)
    yield from _translation_gaps(content, facts)


def _versions(plan: CampaignPlan, row: QuestionnaireRow) -> Mapping[str, object]:
    return {"version": plan.version, "newest": row.version}


def _translation_gaps(content: Questionnaire, facts: Facts) -> Iterator[Gap]:
    for finding in text_findings(content):
        if finding.code in _TEXTS_MISSING:
            words = N_("In the questionnaire, at %(question)s: %(what)s.")
            where = {"question": quoted(finding.question or "title"), "what": finding.message}
            yield Gap("questionnaire", finding.code, words, where)
    for language, people in sorted(facts.languages.items()):
        if people and language not in content.languages:
            words = N_(
                "The questionnaire has no words in %(language)s: whoever reads that is asked in "
                "its first language (people: %(people)d)."
            )
            values: Mapping[str, object] = {"people": people, "language": quoted(language)}
            yield Gap("questionnaire", "language_missing", words, values, blocks=False)


def _audience_gaps(plan: CampaignPlan, facts: Facts) -> Iterator[Gap]:
    known = {unit.key: unit for unit in facts.units}
    in_use = [unit for unit in facts.units if unit.ended_at is None]
    for key in plan.audience.units:
        if key not in known:
            near = did_you_mean(key, [unit.key for unit in in_use])
            values = {"value": quoted(key), "near": near}
            words = N_("%(value)s is not a school or department%(near)s.")
            yield Gap("audience.units", "unknown_unit", words, values)
        elif known[key].ended_at is not None:
            words = N_("%(value)s is archived: bring it back, or leave it out.")
            yield Gap("audience.units", "ended_unit", words, {"value": quoted(key)})
    kinds = {unit.kind for unit in in_use}
    for kind in plan.audience.kinds:
        if kind not in kinds:
            values = {"value": quoted(kind), "near": did_you_mean(kind, kinds)}
            words = N_("No school or department is of the kind %(value)s%(near)s.")
            yield Gap("audience.kinds", "unknown_kind", words, values)
    for name, value in facts.nobody_has:
        if name == "roles":
            words = N_("Nobody has the role %(value)s.")
            yield Gap("audience.roles", "unknown_role", words, {"value": quoted(value)})
        else:
            column = name.removeprefix("audience.attributes.")
            values = {"column": quoted(column), "value": quoted(value)}
            words = N_("Nobody has %(value)s in the column %(column)s of the list of people.")
            yield Gap(name, "unknown_attribute", words, values)


def _channel_gaps(plan: CampaignPlan, facts: Facts) -> Iterator[Gap]:
    missing = [channel for channel in plan.channels if channel not in facts.set_up]
    nothing = len(missing) == len(plan.channels)
    for channel in missing:
        if channel is ChannelName.CHAT:
            words = N_("The chat is not set up on this server (TELLBACK_TELEGRAM_TOKEN).")
        else:
            words = N_("E-mail is not set up on this server (TELLBACK_SMTP_URL).")
        yield Gap("channels", f"no_{channel.value}", words, blocks=nothing)
    if facts.unreachable:
        words = N_(
            "Some cannot be reached in any channel: print their invitations, or add their "
            "addresses (people: %(people)d)."
        )
        yield Gap("channels", "unreachable", words, {"people": facts.unreachable}, blocks=False)


def _schedule_gaps(plan: CampaignPlan, facts: Facts) -> Iterator[Gap]:
    for fault in facts.schedule_faults:
        words = N_("The schedule cannot be used: %(what)s.")
        yield Gap(".".join(fault.path), fault.code, words, {"what": fault.message})
    if plan.schedule.start is not None and not facts.slots and not facts.schedule_faults:
        words = N_("No date is still to come: choose a later start, or a rule that goes on.")
        yield Gap("schedule.start", "no_dates", words)
    if plan.schedule.after is not None and facts.undated:
        words = N_(
            "In the column %(column)s some have no date such as 2026-03-31: they are never asked "
            "(people: %(people)d)."
        )
        column = quoted(plan.schedule.after.attribute)
        undated = {"column": column, "people": facts.undated}
        yield Gap("schedule.after", "unreadable_dates", words, undated, blocks=False)
    for days in plan.reminders:
        if days >= plan.open_days:
            words = N_(
                "The reminder of day %(days)d is left out: the survey closes on day %(open)d."
            )
            values = {"days": days, "open": plan.open_days}
            yield Gap("reminders", "reminder_after_closing", words, values, blocks=False)
    yield from _repeating_gaps(plan, facts)


def _repeating_gaps(plan: CampaignPlan, facts: Facts) -> Iterator[Gap]:
    left_out = sum(slot.left_out for slot in facts.slots)
    if left_out:
        words = N_("Dates on closed days are left out: %(number)d of the next %(all)d.")
        values = {"number": left_out, "all": len(facts.slots)}
        yield Gap("schedule", "dates_left_out", words, values, blocks=False)
    moments = sorted(slot.at for slot in facts.slots if not slot.left_out)
    apart = min((later - earlier for earlier, later in pairwise(moments)), default=None)
    sampled = plan.audience.sample is not None
    if apart is None or sampled:
        return
    # Also where it is as long: messages leave some time after their wave has opened.
    if apart.days <= plan.caps.days_before_same_survey:
        words = N_(
            "Nobody is asked the same questions again before day %(days)d, and this repeats sooner "
            "(after days: %(apart)d): whoever is asked once is left out the next time."
        )
        values = {"apart": apart.days, "days": plan.caps.days_before_same_survey}
        yield Gap("caps.days_before_same_survey", "within_cap", words, values, blocks=False)


def _size_gaps(plan: CampaignPlan, facts: Facts) -> Iterator[Gap]:
    if not facts.asked:
        if not plan.schedule.on_contact:
            words = N_("Nobody would be asked: see who is left out, and why.")
            yield Gap("audience", "nobody", words)
        return
    of_people = facts.content and effective_privacy(plan, facts.content) is not Privacy.ATTRIBUTED
    if of_people and facts.asked < facts.floor and not plan.schedule.by_person:
        words = N_(
            "Of fewer than %(floor)d people no figures can be shown (would be asked: %(people)d)."
        )
        values = {"people": facts.asked, "floor": facts.floor}
        yield Gap("audience", "below_floor", words, values, blocks=False)
    if facts.asked + facts.later > facts.approval_above:
        words = N_("More than %(number)d people would be asked: a second person has to agree.")
        values = {"number": facts.approval_above}
        yield Gap("audience", "second_person", words, values, blocks=False)
