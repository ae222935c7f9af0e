"""From a turn to the message that a person sees: text and buttons, one question at a time."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from bot.bodies import recalling
from bot.callbacks import (
    Action,
    Press,
    choice_of,
    encode,
    place_of,
)
from bot.markup import Button, Piece, Row, View, bold, italic, to_html
from bot.page_buttons import language_button
from bot.sentences import Sentences, speech
from survey.domain.answering import COMMENT
from survey.domain.identifiers import found, hidden
from survey.domain.path import answered_so_far
from survey.domain.questionnaire import Privacy, Questionnaire, QuestionType
from survey.domain.reporting import EMAIL
from survey.domain.turns import (
    CHECK,
    UNIT,
    NoticeTurn,
    Offered,
    Option,
    OverTurn,
    Phase,
    Problem,
    QuestionTurn,
    ReviewLine,
    ReviewTurn,
    UnitTurn,
)
from survey.services.shown import Shown

MOST_OPTIONS: Final = 90
"""Choices shown as buttons: Telegram takes 100 buttons, and some are for moving about."""

BUTTONS_A_ROW: Final = 8
"""Numbers side by side; longer scales take two rows."""

CHANGES_A_PAGE: Final = 8

_BREAK: Final = Piece("\n")
_ON, _OFF, _GIVEN = "☑", "☐", "✓"

Line = Sequence[Piece]


def render(shown: Shown, *, hint: str | None = None) -> View:
    """The turn as a message in the conversation's language; `hint` is a line above it."""
    return _Renderer(shown).view(hint)


def changes(shown: Shown, turn: ReviewTurn, page: int) -> View:
    """The answers as buttons, to choose the one to change; `page` counts from 0."""
    return _Renderer(shown).changes(turn, page)


def coming_back(shown: Shown, *, day: date, today: date, organisation: str) -> View:
    """How far somebody came on an earlier `day`, with the choice to go on or to start again."""
    return _Renderer(shown).coming_back(day, today, organisation)


def sure(shown: Shown) -> View:
    """Whether to throw the answers away."""
    return _Renderer(shown).sure()


def web_row(shown: Shown) -> Row:
    """A button to go on in a browser."""
    return _Renderer(shown).web_row()


def to_web(shown: Shown, address: str) -> View:
    """The link that takes the answers to a browser."""
    return _Renderer(shown).to_web(address)


class _Renderer:
    def __init__(self, shown: Shown) -> None:
        self._shown = shown
        self._questionnaire: Questionnaire = shown.published.questionnaire
        self._say: Sentences = speech(shown.state.language)

    def view(self, hint: str | None) -> View:
        lines, rows = self._turn()
        if hint:
            lines = [[italic(hint)], *lines]
        return View(to_html(_joined(lines)), tuple(rows))

    def _turn(self) -> tuple[list[Line], list[Row]]:
        if self._shown.state.offered is not None and not self._shown.state.phase.over:
            return self._offer(self._shown.state.offered)
        match self._shown.turn:
            case NoticeTurn() as turn:
                return self._notice(turn)
            case UnitTurn() as turn:
                return self._unit(turn)
            case QuestionTurn() as turn:
                return self._question(turn)
            case ReviewTurn() as turn:
                return self._review(turn)
            case OverTurn() as turn:
                return self._over(turn)

    # --- the turns ---

    def _notice(self, turn: NoticeTurn) -> tuple[list[Line], list[Row]]:
        say = self._say
        floor = self._shown.published.version.floor
        lines: list[Line] = [
            [bold(say.headline(turn))],
            [Piece(say.asked_by(turn))],
            [Piece(say.privacy(Privacy(turn.privacy), floor))],
            [Piece(say.kept(Privacy(turn.privacy)))],
            [
                Piece(
                    say._(
                        "Telegram itself can see this chat. Deleting a message changes no answer."
                    )
                )
            ],
        ]
        if turn.appended:
            lines.insert(1, [Piece(say.appended(turn))])
        if turn.closes_on is not None:
            lines.append([Piece(say.open_until(turn.closes_on))])
        if self._shown.state.language in self._questionnaire.unreviewed:
            lines.append([italic(say._("Our translation, not reviewed."))])
        if turn.licence:
            lines.append([italic(turn.licence)])
        rows: list[Row] = [
            (
                self._button(say._("Start"), Action.START),
                self._button(say._("Not now"), Action.DECLINE),
            )
        ]
        others = [each for each in turn.languages if each != self._shown.state.language]
        if others:
            rows.append(tuple(language_button(each) for each in others[:BUTTONS_A_ROW]))
        return [*self._problem_lines(turn.problem), *lines], rows

    def _unit(self, turn: UnitTurn) -> tuple[list[Line], list[Row]]:
        say = self._say
        lines: list[Line] = [
            *self._problem_lines(turn.problem),
            [bold(say._("Which school, department or team are you from?"))],
            [Piece(say._("Type part of the name of your school, department or team."))],
        ]
        if turn.candidates and turn.typed:
            lines[-1] = [Piece(say._("Choose yours, or type another part of its name."))]
        elif turn.candidates:
            lines[-1] = [Piece(say._("Choose the one that you answer for now."))]
        names = [candidate.name for candidate in turn.candidates]
        rows: list[Row] = []
        for candidate in turn.candidates:
            told_apart = names.count(candidate.name) > 1 and candidate.path
            name = f"{candidate.name}, {candidate.path}" if told_apart else candidate.name
            rows.append((self._button(name, Action.CHOOSE_UNIT, choice=candidate.key),))
        return lines, [*rows, (self._back(UNIT),)]

    def _question(self, turn: QuestionTurn) -> tuple[list[Line], list[Row]]:
        say = self._say
        lines: list[Line] = self._problem_lines(turn.problem)
        if place := say.place(turn):
            lines.append([bold(place)])
        lines.append([Piece(turn.label)])
        lines += [[Piece(extra)] for extra in (turn.hint, self._ends(turn)) if extra]
        lines += [[Piece(label)] for label in _longer_labels(turn.options)]
        if isinstance(turn.given, str) and turn.type is QuestionType.TEXT:
            lines.append(
                [Piece(say._("Your answer so far:") + " "), *_quoted(self._safe(turn.given))]
            )
        elif turn.given is not None and not turn.options:
            lines.append([Piece(f"{say._('Your answer so far:')} {say.given(turn.given)}")])
        how = say.how(turn)
        if len(turn.options) > MOST_OPTIONS:
            how = say._("There are more choices than buttons: type the words of yours.")
        if how:
            lines.append([Piece(how)])
        rows = [*self._answers(turn), self._moves(turn)]
        return lines, [*rows, self.web_row()] if turn.long else rows

    def _review(self, turn: ReviewTurn) -> tuple[list[Line], list[Row]]:
        say = self._say
        lines: list[Line] = [*self._problem_lines(turn.problem)]
        lines.append([bold(say._("Check your answers"))])
        if turn.unit is not None:
            name = Piece(turn.unit, foreign=True)
            lines.append([Piece(say._("School, department or team") + ": "), name])
        lines += [self._answer_line(line) for line in turn.lines if self._was_asked(line)]
        send = self._button(say._("Send"), Action.SUBMIT, choice=str(turn.revision))
        rows: list[Row] = [
            (send,),
            (self._button(say._("Change an answer"), Action.MENU, choice="0"),),
            (self._button(say._("Throw away"), Action.ASK_CANCEL), self._back(CHECK)),
        ]
        return lines, rows

    def _offer(self, offered: Offered) -> tuple[list[Line], list[Row]]:
        """Whether a text that no question took is the comment."""
        say, state = self._say, self._shown.state
        asked = say._("Keep this as your comment?")
        if isinstance(state.answers.get(COMMENT), str):
            asked = say._("Add this to your comment?")
        message = str(offered.message)
        row = (
            self._button(say._("Yes"), Action.KEEP, choice=message),
            self._button(say._("No"), Action.DROP, choice=message),
        )
        return [[bold(asked)], _quoted(offered.text)], [row]

    def _over(self, turn: OverTurn) -> tuple[list[Line], list[Row]]:
        say, privacy = self._say, self._questionnaire.privacy
        if turn.phase is not Phase.SENT:
            return [[Piece(say.ended(turn.phase))]], []
        lines: list[Line] = [[bold(f"{say.thanks(privacy)}.")]]
        if receipt := self._shown.receipt:
            lines.append([Piece(say.receipt(privacy, receipt.reference))])
        lines.append([Piece(say.what_next(privacy, self._shown.published.version.floor))])
        if self._shown.closes_on is not None:
            lines.append([Piece(say.results_after(self._shown.closes_on))])
        invitation = self._shown.invitation
        if privacy is Privacy.ATTRIBUTED and invitation is not None:
            return lines, [*recalling(say, invitation)]
        return lines, []

    # --- the chat's own views ---

    def changes(self, turn: ReviewTurn, page: int) -> View:
        say = self._say
        start = page * CHANGES_A_PAGE
        rows: list[Row] = []
        if turn.unit_can_change and page == 0:
            label = say._("School, department or team")
            rows.append((self._button(label, Action.CHANGE, place=UNIT),))
        rows += [
            (self._button(line.label, Action.CHANGE, place=line.question),)
            for line in turn.lines[start : start + CHANGES_A_PAGE]
        ]
        turning = []
        if page:
            turning.append(self._button(say._("‹ Earlier"), Action.MENU, choice=str(page - 1)))
        if start + CHANGES_A_PAGE < len(turn.lines):
            turning.append(self._button(say._("More ›"), Action.MENU, choice=str(page + 1)))
        rows += [tuple(turning)] if turning else []
        rows.append((self._button(say._("‹ Back to your answers"), Action.SHOW),))
        return View(to_html([bold(say._("Which answer do you want to change?"))]), tuple(rows))

    def coming_back(self, day: date, today: date, organisation: str) -> View:
        say, state, form = self._say, self._shown.state, self._shown.published.form
        answered, total = answered_so_far(form, state.answers, today)
        title = form.title[state.language].render({"organisation": organisation})
        told = say.so_far(answered, total, day=day, today=today)
        lines: list[Line] = [[bold(title)], [Piece(told)]]
        if isinstance(self._shown.turn, ReviewTurn):
            lines.append([Piece(say._("You have not sent them yet."))])
        again = self._button(say._("Start again"), Action.START_AGAIN, choice=str(state.revision))
        row = (self._button(say._("Go on"), Action.SHOW), again)
        return View(to_html(_joined(lines)), (row, self.web_row()))

    def to_web(self, address: str) -> View:
        say = self._say
        once = say._("The link works once. Whoever opens it sees your answers: do not pass it on.")
        lines: list[Line] = [
            [bold(say._("Continue on the web"))],
            [Piece(say._("Open this page within 30 minutes. Your answers so far move there."))],
            [Piece(address)],
            [Piece(once)],
        ]
        row = (self._button(say._("Stay here"), Action.SHOW),)
        return View(to_html(_joined(lines)), (row,))

    def sure(self) -> View:
        say = self._say
        text = say._("Throw away your answers? Then nothing is kept.")
        row = (
            self._button(say._("Throw away"), Action.CANCEL),
            self._button(say._("Keep them"), Action.SHOW),
        )
        return View(to_html([bold(text)]), (row,))

    # --- parts ---

    def _problem_lines(self, problem: Problem | None) -> list[Line]:
        """A hint is given once: who did not take it has the question itself."""
        if problem is None or problem.again:
            return []
        return [[italic(self._say.problem(problem, self._shown.turn))]]

    def _ends(self, turn: QuestionTurn) -> str:
        """What the ends of a scale of numbers mean."""
        if turn.labelled_ends is None or not turn.options:
            return ""
        points = (turn.options[0].name, turn.options[-1].name)
        ends = zip(points, turn.labelled_ends, strict=True)
        return "\n".join(f"{point} = {label}" for point, label in ends if label)

    def _answers(self, turn: QuestionTurn) -> list[Row]:
        """The buttons that answer, most favourable first; numbers stand side by side."""
        if turn.type is QuestionType.NOTE:
            return [(self._button(self._say._("Go on"), Action.READ, place=turn.name),)]
        several = turn.type is QuestionType.SELECT_MULTIPLE
        buttons = [
            self._tick(turn, option) if several else self._choice(turn, option)
            for option in turn.options[:MOST_OPTIONS]
        ]
        if turn.type is QuestionType.SCALE and all(o.label == o.name for o in turn.options):
            return _side_by_side(buttons)
        rows: list[Row] = [(button,) for button in buttons]
        if several:
            rows.append((self._button(self._say._("Done"), Action.DONE, place=turn.name),))
        return rows

    def _choice(self, turn: QuestionTurn, option: Option) -> Button:
        given = str(turn.given) == option.name
        text = f"{_GIVEN} {option.button}" if given else option.button
        return self._option_button(turn, option, text, Action.ANSWER)

    def _tick(self, turn: QuestionTurn, option: Option) -> Button:
        on = option.name in turn.ticked
        text = f"{_ON if on else _OFF} {option.button}"
        return self._option_button(turn, option, text, Action.UNTICK if on else Action.TICK)

    def _option_button(
        self, turn: QuestionTurn, option: Option, text: str, action: Action
    ) -> Button:
        choice = choice_of(option.name, self._questionnaire.question(turn.name))
        return self._button(text, action, place=turn.name, choice=choice)

    def _moves(self, turn: QuestionTurn) -> Row:
        back = self._back(turn.name)
        if turn.required or turn.type is QuestionType.NOTE:
            return (back,)
        return back, self._button(self._say._("Skip"), Action.SKIP, place=turn.name)

    def web_row(self) -> Row:
        return (self._button(self._say._("Continue on the web"), Action.TO_WEB),)

    def _back(self, place: str) -> Button:
        return self._button(self._say._("‹ Back"), Action.BACK, place=place)

    def _button(self, text: str, action: Action, *, place: str = "", choice: str = "") -> Button:
        at = place_of(place, self._questionnaire) if place else ""
        return Button(text, encode(Press(action, self._shown.conversation, at, choice)))

    def _was_asked(self, line: ReviewLine) -> bool:
        """Whoever reports in chat is answered there, and not asked for an address."""
        reports = self._questionnaire.becomes_case
        return not (reports and line.question == EMAIL and line.shown is None)

    def _safe(self, text: str) -> str:
        """A text of a report, without what must not stay in a chat."""
        if not self._questionnaire.becomes_case:
            return text
        return hidden(text, [each for each in found(text) if each.identifier.opens_harm])

    def _answer_line(self, line: ReviewLine) -> Line:
        label = Piece(f"{line.label}: ")
        if line.shown is None:
            return [label, italic(self._say._("Not provided"))]
        kind = self._questionnaire.question(line.question).type
        if kind is QuestionType.TEXT:
            return [label, *_quoted(self._safe(line.shown))]
        if kind is QuestionType.FILE and line.shown.isdecimal():
            return [label, Piece(self._say.files(int(line.shown)))]
        return [label, Piece(line.shown)]


def _quoted(text: str) -> Line:
    return [Piece("“"), Piece(text, foreign=True), Piece("”")]


def _longer_labels(options: Iterable[Option]) -> list[str]:
    """Choices whose button says less than their label, in full."""
    return [f"{each.button}: {each.label}" for each in options if each.button != each.label]


def _side_by_side(buttons: Sequence[Button]) -> list[Row]:
    """One row, or as few rows of about the same length as fit."""
    rows = -(-len(buttons) // BUTTONS_A_ROW)
    size = -(-len(buttons) // rows) if rows else 1
    return [tuple(buttons[at : at + size]) for at in range(0, len(buttons), size)]


def _joined(lines: Iterable[Line]) -> list[Piece]:
    """The lines below each other."""
    pieces: list[Piece] = []
    for line in lines:
        pieces += [_BREAK, *line] if pieces else line
    return pieces
