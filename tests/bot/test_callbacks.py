"""What buttons carry, and what of it is believed."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.callbacks import (
    MOST_BYTES,
    Action,
    Asked,
    InvitationPress,
    Page,
    PagePress,
    Press,
    choice_of,
    decode,
    encode,
    place_of,
    to_input,
)
from survey.domain.questionnaire import Questionnaire
from survey.domain.turns import (
    CHECK,
    UNIT,
    Back,
    Cancel,
    Change,
    Decline,
    Done,
    Put,
    Read,
    Resume,
    Skip,
    Start,
    Submit,
    Tick,
)

SOMEBODYS = UUID("8f14e45f-ceea-467f-a9d2-0b5c1a6d7e3f")

QUESTIONNAIRE = Questionnaire.model_validate(
    {
        "key": "parts",
        "title": {"en": "Parts"},
        "purpose": {"en": "To try."},
        "privacy": "confidential",
        "questions": (
            {"name": "ease", "type": "scale", "start": -2, "end": 10, "label": {"en": "Ease?"}},
            {
                "name": "used",
                "type": "select_multiple",
                "label": {"en": "Which?"},
                "choices": (
                    {"name": "hr", "label": {"en": "HR"}},
                    {"name": "a" * 40, "label": {"en": "The longest name"}},
                ),
            },
        ),
    }
)

places = st.one_of(st.just(""), st.sampled_from(["u", "c"]), st.integers(0, 9_999).map(str))
choices = st.from_regex(r"([a-z0-9_-]{1,40})?", fullmatch=True).filter(str.isascii)
presses = st.builds(Press, st.sampled_from(Action), st.uuids(), places, choices)


@given(presses)
def test_a_button_says_what_it_was_made_to_say(press: Press) -> None:
    assert decode(encode(press)) == press


@given(st.sampled_from(Page), st.from_regex(r"[a-z][a-z0-9-]{0,39}", fullmatch=True))
def test_a_page_button_says_what_it_was_made_to_say(page: Page, choice: str) -> None:
    assert decode(encode(PagePress(page, choice))) == PagePress(page, choice)


@given(st.sampled_from(Action), st.uuids(), st.from_regex(r"[a-z0-9_-]{40}", fullmatch=True))
def test_the_longest_key_of_a_unit_fits_in_a_button(
    action: Action, conversation: UUID, key: str
) -> None:
    assert len(encode(Press(action, conversation, choice=key)).encode()) <= MOST_BYTES


def test_every_button_of_the_longest_questionnaire_fits() -> None:
    for name in ("ease", "used"):
        question = QUESTIONNAIRE.question(name)
        options = (
            ["-2", "10"] if name == "ease" else [each.name for each in question.closed_choices]
        )
        for option in options:
            press = Press(Action.UNTICK, SOMEBODYS, "9999", choice_of(option, question))
            assert len(encode(press).encode()) <= MOST_BYTES


@given(st.text(max_size=70))
def test_no_data_breaks_the_reading(data: str) -> None:
    press = decode(data)

    assert press is None or encode(press) == data


@given(presses, st.data())
def test_a_truncated_or_changed_button_never_breaks_the_reading(
    press: Press, data: st.DataObject
) -> None:
    whole = encode(press)
    at = data.draw(st.integers(0, len(whole) - 1))
    for broken in (whole[:at], whole[:at] + "\x00" + whole[at + 1 :], whole + "\n"):
        found = decode(broken)
        assert found is None or found != press


INPUTS = [
    (Press(Action.START, SOMEBODYS), Start()),
    (Press(Action.DECLINE, SOMEBODYS), Decline()),
    (Press(Action.CANCEL, SOMEBODYS), Cancel()),
    (Press(Action.SHOW, SOMEBODYS), Resume()),
    (Press(Action.SUBMIT, SOMEBODYS, choice="12"), Submit(12)),
    (Press(Action.BACK, SOMEBODYS, "u"), Back(UNIT)),
    (Press(Action.BACK, SOMEBODYS, "c"), Back(CHECK)),
    (Press(Action.BACK, SOMEBODYS, "1"), Back("used")),
    (Press(Action.CHANGE, SOMEBODYS, "0"), Change("ease")),
    (Press(Action.ANSWER, SOMEBODYS, "0", "-2"), Put("ease", -2)),
    (Press(Action.TICK, SOMEBODYS, "1", "0"), Tick("used", "hr", on=True)),
    (Press(Action.UNTICK, SOMEBODYS, "1", "1"), Tick("used", "a" * 40, on=False)),
    (Press(Action.DONE, SOMEBODYS, "1"), Done("used")),
    (Press(Action.SKIP, SOMEBODYS, "0"), Skip("ease")),
    (Press(Action.READ, SOMEBODYS, "0"), Read("ease")),
]


@pytest.mark.parametrize(("press", "input_"), INPUTS, ids=lambda each: type(each).__name__)
def test_a_press_is_looked_up_in_the_version_that_is_answered(press: Press, input_: object) -> None:
    assert to_input(press, QUESTIONNAIRE) == input_


@pytest.mark.parametrize(
    "press",
    [
        Press(Action.ANSWER, SOMEBODYS, "2", "1"),
        Press(Action.ANSWER, SOMEBODYS, "", "1"),
        Press(Action.ANSWER, SOMEBODYS, "u", "1"),
        Press(Action.TICK, SOMEBODYS, "1", "2"),
        Press(Action.TICK, SOMEBODYS, "1", "hr"),
        Press(Action.TICK, SOMEBODYS, "0", "1"),
        Press(Action.ANSWER, SOMEBODYS, "0", "many"),
        Press(Action.SUBMIT, SOMEBODYS, choice="x"),
        Press(Action.SUBMIT, SOMEBODYS),
        Press(Action.BACK, SOMEBODYS, "77"),
        Press(Action.CHANGE, SOMEBODYS),
        Press(Action.DONE, SOMEBODYS, "9999"),
    ],
    ids=str,
)
def test_a_forged_position_leads_to_nothing(press: Press) -> None:
    assert to_input(press, QUESTIONNAIRE) is None


@pytest.mark.parametrize("name", ["ease", "used", UNIT, CHECK])
def test_each_place_comes_back_as_its_name(name: str) -> None:
    press = Press(Action.BACK, SOMEBODYS, place_of(name, QUESTIONNAIRE))

    assert to_input(press, QUESTIONNAIRE) == Back(name)


@pytest.mark.parametrize("action", Asked)
@pytest.mark.parametrize("invitation", [UUID(int=5), UUID(int=2**128 - 1), "x" * 43])
def test_a_button_of_an_invitation_comes_back_as_it_was_and_fits(
    action: Asked, invitation: UUID | str
) -> None:
    data = encode(InvitationPress(action, invitation))

    assert decode(data) == InvitationPress(action, invitation)
    assert len(data.encode()) <= MOST_BYTES


@pytest.mark.parametrize("data", ["start+", "start+abc", "start+" + "x" * 44, "begin+" + "x" * 43])
def test_b7_data_that_no_button_of_an_invitation_has_says_nothing(data: str) -> None:
    assert decode(data) is None
