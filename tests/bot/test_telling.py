"""What reporters read in chat, and what they can press."""

from uuid import UUID, uuid4

from bot.case_buttons import About, decode
from bot.markup import View
from bot.sentences import Sentences
from bot.telling import telling
from survey.ports.tellings import Asks, Bulletin, Line, Passage

ONE, TWO = uuid4(), uuid4()


def passage(case: UUID, reference: str, *lines: Line, **more: object) -> Passage:
    return Passage(case, reference, "TOKEN", "address", "Payroll", lines, **more)  # type: ignore[arg-type]


def view(*passages: Passage) -> View:
    bulletin = Bulletin(uuid4(), "en", passages)
    return telling(Sentences("en"), bulletin, base_url="https://tellback.example")


FIXED = passage(
    ONE,
    "P-4TK2",
    Line("Payroll says this is fixed.", "The three payslips were reissued today."),
    asks=Asks.VERDICT,
    question="Is it fixed?",
)


def test_a_fix_is_asked_about_as_ux_says() -> None:
    shown = view(FIXED)

    assert shown.text == (
        "<b>P-4TK2: Payroll says this is fixed.</b>\n"
        "“The three payslips were reissued today.”\n"
        "Is it fixed?"
    )
    assert [button.text for button in shown.rows[0]] == ["Fixed", "Partly", "Not fixed"]
    pressed = [decode(button.data) for button in shown.rows[0]]
    assert {press.action for press in pressed if press} == {About.JUDGE}
    assert {press.case for press in pressed if press} == {ONE}


def test_a_question_says_how_to_answer_and_files_where_they_are() -> None:
    shown = view(passage(ONE, "P-4TK2", Line("Payroll asks:", "Which?"), asks=Asks.WORDS, files=2))

    assert "2 files came with it: https://tellback.example/case/TOKEN" in shown.text
    assert shown.text.endswith("Answer this message, with a photo if you like.")


def test_of_several_cases_each_has_a_button_above_what_is_asked_of_it() -> None:
    shown = view(FIXED, passage(TWO, "P-7Q2X", Line("Payroll has read your report.")))

    labels = [[button.text for button in row] for row in shown.rows]
    assert labels == [["P-4TK2"], ["Fixed", "Partly", "Not fixed"], ["P-7Q2X"]]
    assert "\n\n<b>P-7Q2X: Payroll has read your report.</b>" in shown.text


def test_what_staff_wrote_is_no_markup() -> None:
    shown = view(passage(ONE, "P-4TK2", Line("Payroll writes:", "<b>1 < 2 & 3</b>")))

    assert "“&lt;b&gt;1 &lt; 2 &amp; 3&lt;/b&gt;”" in shown.text
