"""A report of a problem while it is made: what its turns say beside what every survey says."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from bot.callbacks import Action, Press, encode
from bot.case_buttons import add_to
from bot.case_words import by_when
from bot.cases import reports_button
from bot.markup import Button, Piece, View, above, bold, to_html
from bot.rendering import render
from bot.sentences import Sentences, speech
from survey import report_words
from survey.domain.cases import Case, CaseKind
from survey.domain.file_words import unkept
from survey.domain.language import moment_in_short
from survey.domain.questionnaire import QuestionType
from survey.domain.reporting import KIND, SERVICE, is_for_few
from survey.domain.turns import Answered, NoticeTurn, QuestionTurn, ReviewTurn
from survey.services.reports import Known
from survey.services.shown import Shown
from survey.wiring import Application

MOST_KNOWN: Final = 3
"""Known problems that are shown before a report: the newest."""


async def report_turn(core: Application, shown: Shown, *, hint: str | None = None) -> View | None:
    """The turn of a report, where it says more than that of a survey; else None."""
    if not shown.published.questionnaire.becomes_case:
        return None
    say = speech(shown.state.language)
    if shown.case is not None:
        return await _reported(core, say, shown.case)
    match shown.turn:
        case NoticeTurn():
            return _notice(core, say, shown)
        case QuestionTurn(type=QuestionType.TEXT):
            lines = report_words.urgent(say._, core.settings, await _own_lines(core, shown))
            return above("\n".join(lines), render(shown, hint=hint))
        case ReviewTurn() | QuestionTurn(type=QuestionType.FILE):
            if unkept := await _unkept(core, say, shown):
                return above("\n".join(unkept), render(shown, hint=hint))
    service = shown.state.answers.get(SERVICE)
    few = is_for_few(shown.published.questionnaire, shown.state.answers)
    if isinstance(service, str) and Answered(SERVICE) in shown.events and not few:
        known = await core.reports.known(service)
        if known:
            return _known(core, say, shown, known[:MOST_KNOWN])
    astray = shown.state.answers.get(KIND) == CaseKind.DATA_ASTRAY
    if astray and Answered(KIND) in shown.events:
        return above(report_words.astray(say._), render(shown, hint=hint))
    return None


async def _own_lines(core: Application, shown: Shown) -> tuple[str, ...]:
    service = shown.state.answers.get(SERVICE)
    return tuple(await core.reports.lines(service)) if isinstance(service, str) else ()


async def _unkept(core: Application, say: Sentences, shown: Shown) -> list[str]:
    """What is said of files that turned out to be none that we keep: others can be sent still."""
    files = await core.reports.files(shown.conversation)
    return [unkept(say._, each.name, each.refused) for each in files if each.refused]


def _notice(core: Application, say: Sentences, shown: Shown) -> View:
    """Who reads it, what happens with it, and whom to telephone instead; then Start."""
    questionnaire = shown.published.questionnaire
    usual, turn = render(shown), shown.turn
    assert isinstance(turn, NoticeTurn)
    lines = [
        turn.purpose,
        *report_words.urgent(say._, core.settings),
        report_words.privacy(say._),
        report_words.kept(say._),
        say._("Telegram itself can see this chat. Please do not name other people."),
    ]
    if shown.state.language in questionnaire.unreviewed:
        lines.append(say._("Our translation, not reviewed."))
    pieces = [bold(turn.title), *(Piece(f"\n{line}") for line in lines)]
    return replace(usual, text=to_html(pieces))


async def _reported(core: Application, say: Sentences, case: Case) -> View:
    """The reference, by when somebody answers, and that more can be added."""
    async with core.begin.read() as work:
        services = await work.organisation.services()
    names = {each.key: each.called(say.language) for each in services}
    service, now, zone = names.get(case.service, case.service), core.clock.now(), core.settings.zone
    pieces = [
        bold(say._("Reported: %(reference)s.") % {"reference": case.reference}),
        Piece("\n"),
        *_promise(say, case, service, now=now, zone=zone),
        Piece("\n" + say._("You can add photos or a note here at any time.")),
    ]
    if case.kind is CaseKind.DATA_ASTRAY:
        pieces.append(Piece("\n" + report_words.astray(say._)))
    rows = ((Button(say._("Add a note or photo"), add_to(case.id)),), (reports_button(say),))
    return View(to_html(pieces), rows)


def _promise(
    say: Sentences, case: Case, service: str, *, now: datetime, zone: ZoneInfo
) -> list[Piece]:
    by = case.acknowledge_by or case.update_by
    if by is None:
        return [Piece(say._("%(service)s reads it next.") % {"service": service})]
    told = say._("%(service)s answers by %(when)s.")
    return [Piece(told % {"service": service, "when": by_when(say, by, now=now, zone=zone)})]


def _known(core: Application, say: Sentences, shown: Shown, known: Sequence[Known]) -> View:
    """What is known already, each to be joined with one tap."""
    zone, now = core.settings.zone, core.clock.now()
    pieces = [bold(say._("Is it one of these?") if len(known) > 1 else say._("Is it this?"))]
    rows = []
    for each in known:
        pieces += [Piece("\n"), bold(each.problem.title)]
        pieces += [Piece(f"\n{line}") for line in _told(say, each, now=now, zone=zone)]
        text = say._("Same problem: add us") if len(known) == 1 else each.problem.title
        press = Press(Action.SAME, shown.conversation, choice=each.problem.id.hex)
        rows.append((Button(text, encode(press)),))
    different = encode(Press(Action.SHOW, shown.conversation))
    rows.append((Button(say._("Ours is different"), different),))
    return View(to_html(pieces), tuple(rows))


def _told(say: Sentences, known: Known, *, now: datetime, zone: ZoneInfo) -> list[str]:
    problem, lines = known.problem, [known.problem.told]
    if known.schools:
        lines.append(
            say.ngettext(
                "%(number)d school reports this: add yours?",
                "%(number)d schools report this: add yours?",
                known.schools,
            )
        )
    if problem.planned and problem.begins_at and problem.ends_at:
        begins, ends = (
            moment_in_short(each.astimezone(zone), say.language)
            for each in (problem.begins_at, problem.ends_at)
        )
        planned = say._("Planned: %(begins)s to %(ends)s.")
        lines.append(planned % {"begins": begins, "ends": ends})
    if problem.update_by is not None:
        when = by_when(say, problem.update_by, now=now, zone=zone)
        lines.append(say._("Next update: %(when)s.") % {"when": when})
    return [line for line in lines if line]
