"""What people write: how much of it is kept, and what cannot be."""

import pytest

from survey.domain.texts import LONGEST_MESSAGE, fault_in, trimmed
from survey.errors import FieldsRejected


def test_a_text_is_kept_without_what_is_around_it_up_to_its_length() -> None:
    assert trimmed("\n No pay ") == "No pay"
    assert trimmed(" " + "x" * LONGEST_MESSAGE) == "x" * LONGEST_MESSAGE
    assert trimmed(" ") == ""


@pytest.mark.parametrize(
    ("text", "code"),
    [(" ", "required"), ("x" * (LONGEST_MESSAGE + 1), "too_long"), ("a\0b", "bad_sign")],
)
def test_a_text_that_cannot_be_kept_is_refused_for_its_field(text: str, code: str) -> None:
    with pytest.raises(FieldsRejected) as refused:
        trimmed(text, "cause", needed=True)
    assert [(each.path, each.code) for each in refused.value.faults] == [(("cause",), code)]


def test_an_empty_text_is_wrong_only_where_one_is_needed() -> None:
    assert fault_in("") is None
    assert fault_in("", needed=True) is not None
