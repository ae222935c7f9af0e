"""`tellback simulate QUESTIONNAIRE`: play a questionnaire in the terminal; nothing is kept."""

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Annotated, TypeVar, assert_never

import typer

from api.commands.questionnaires import content_of
from api.commands.running import in_words, refuse
from survey.domain import conversation as engine
from survey.domain.checking import check_file
from survey.domain.expansion import expand
from survey.domain.form import Form
from survey.domain.loading import read
from survey.domain.questionnaire import QuestionType
from survey.domain.turns import (
    Back,
    Cancel,
    Change,
    ChooseUnit,
    Decline,
    Done,
    FindUnit,
    Input,
    Moment,
    NoticeTurn,
    OverTurn,
    Problem,
    QuestionTurn,
    Read,
    Resume,
    ReviewTurn,
    Say,
    Skip,
    Speak,
    Start,
    Submit,
    Submitted,
    Tick,
    Turn,
    UnitCandidate,
    UnitTurn,
)
from survey.questionnaires import library
from survey.settings import read_settings

_HELP = "Type the number or the words. Also: /back, /skip, /cancel, /language cy, /quit"

T = TypeVar("T")

Write = Callable[[str], object]


def simulate(
    questionnaire: Annotated[
        str, typer.Argument(help="A shipped questionnaire's key, or a YAML file.")
    ],
    language: Annotated[str, typer.Option(help="The language to begin in.")] = "en",
) -> None:
    """Play a questionnaire in the terminal. Nothing is kept."""
    content, name = content_of(questionnaire)
    services, blocks = library.services(), library.blocks()
    if faults := check_file(content, name=name, services=services, blocks=blocks):
        refuse([in_words(fault) for fault in faults], f"Mend {name}, then play it.")
    form = Form.compile(
        expand(read(content, name=name).questionnaire, services=services, blocks=blocks)
    )
    if language not in form.questionnaire.languages:
        refuse([f"--language: it is asked in {', '.join(form.questionnaire.languages)}"])
    settings = read_settings()
    moment = Moment(datetime.now(UTC).astimezone(settings.zone).date(), settings.organisation)
    play(form, (line.rstrip("\n") for line in sys.stdin), typer.echo, moment, language)


def play(form: Form, lines: Iterator[str], write: Write, moment: Moment, language: str) -> None:
    """One conversation: each line is an answer or a command, until the end or `/quit`."""
    write(_HELP)
    state = engine.begin(form, language=language)
    sprint = engine.step(form, state, Resume(), moment)
    while True:
        _show(sprint.turn, write)
        if isinstance(sprint.turn, OverTurn):
            for event in sprint.events:
                if isinstance(event, Submitted):
                    _show_answers(event, write)
            return
        line = next(lines, "/quit").strip()
        if line == "/quit":
            return
        sprint = engine.step(form, sprint.state, _input(sprint.turn, line), moment)


def _input(turn: Turn, line: str) -> Input:
    """What a typed line means at this turn."""
    match line.split(maxsplit=1):
        case ["/back"]:
            return Back()
        case ["/cancel"]:
            return Cancel()
        case ["/skip"] if isinstance(turn, QuestionTurn):
            return Skip(turn.name)
        case ["/language", language]:
            return Speak(language)
    match turn:
        case NoticeTurn():
            return Decline() if line.lower() in ("n", "no", "2") else Start()
        case UnitTurn():
            return _unit(turn, line)
        case QuestionTurn():
            return _answer(turn, line)
        case ReviewTurn():
            return _review(turn, line)
        case OverTurn():
            return Resume()
        case never:
            assert_never(never)


def _unit(turn: UnitTurn, line: str) -> Input:
    """There is no storage here: whatever is typed is a unit of that name."""
    chosen = _numbered(line, turn.candidates)
    if chosen is not None:
        return ChooseUnit(chosen)
    key = "-".join(line.lower().split()) or "unit"
    return FindUnit(line, (UnitCandidate(key, line),) if line else ())


def _answer(turn: QuestionTurn, line: str) -> Input:
    if turn.type is QuestionType.NOTE:
        return Read(turn.name)
    option = None if turn.type is QuestionType.SCALE else _numbered(line, turn.options)
    if turn.type is QuestionType.SELECT_MULTIPLE and option is not None:
        return Tick(turn.name, option.name, on=option.name not in turn.ticked)
    if turn.type is QuestionType.SELECT_MULTIPLE and not line:
        return Done(turn.name)
    return Say(turn.name, option.name if option is not None else line)


def _review(turn: ReviewTurn, line: str) -> Input:
    line_to_change = _numbered(line, turn.lines)
    if line_to_change is not None:
        return Change(line_to_change.question)
    return Submit(turn.revision) if line.lower() in ("send", "s", "") else Resume()


def _numbered(line: str, things: tuple[T, ...]) -> T | None:
    number = int(line) if line.isdecimal() and len(line) < 4 else 0
    return things[number - 1] if 1 <= number <= len(things) else None


def _show(turn: Turn, write: Write) -> None:
    write("")
    match turn:
        case NoticeTurn():
            write(f"{turn.title}: {turn.questions} questions, about {turn.minutes} minutes")
            write(f"From: {turn.asked_by}. Why: {turn.purpose}")
            write(f"Private: {turn.privacy}.")
            write("[Enter] Start   [n] Not now")
        case UnitTurn():
            _show_problem(turn.problem, write)
            write("Which school or department are you from? Type part of its name.")
            _show_numbered([candidate.name for candidate in turn.candidates], write)
        case QuestionTurn():
            _show_question(turn, write)
        case ReviewTurn():
            write("Check your answers")
            _show_problem(turn.problem, write)
            _show_numbered(
                [f"{line.label}: {line.shown or 'Not provided'}" for line in turn.lines], write
            )
            write("[Enter] Send   [number] Change that answer")
        case OverTurn():
            write(f"The end: {turn.phase.value}.")
        case never:
            assert_never(never)


def _show_question(turn: QuestionTurn, write: Write) -> None:
    place = f"{turn.number} of {turn.total}" if turn.total else f"{turn.number}"
    write(place + ("" if turn.required else ", optional"))
    _show_problem(turn.problem, write)
    write(turn.label)
    if turn.hint:
        write(turn.hint)
    if turn.type is QuestionType.SCALE:
        for option in turn.options:
            write(f"  {option.name}  {option.label}" if option.label != option.name else "")
    else:
        _show_numbered(
            [
                f"[x] {option.label}" if option.name in turn.ticked else option.label
                for option in turn.options
            ],
            write,
        )
    if turn.type is QuestionType.SELECT_MULTIPLE:
        write("[Enter] Done")


def _show_problem(problem: Problem | None, write: Write) -> None:
    if problem is not None:
        write(f"! {problem.message or problem.code.replace('_', ' ')}")


def _show_numbered(texts: list[str], write: Write) -> None:
    for number, text in enumerate(texts, start=1):
        write(f"  {number}  {text}")


def _show_answers(submitted: Submitted, write: Write) -> None:
    write("What would be kept:")
    if submitted.unit:
        write(f"  unit: {submitted.unit}")
    for name, value in submitted.answers.items():
        write(f"  {name}: {'|'.join(value) if isinstance(value, tuple) else value}")
