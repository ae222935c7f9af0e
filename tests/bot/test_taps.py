"""Taps as Telegram sends them: what is used of them is checked, the rest is not looked at."""

from typing import Any

import pytest
from pydantic import ValidationError

from bot.handlers.taps import Tap

CHAT = {"id": 7, "type": "private", "first_name": "Siân"}


def sent(**changes: Any) -> dict[str, Any]:
    return {
        "id": "1",
        "from": {"id": 7, "is_bot": False, "first_name": "Siân", "language_code": "cy"},
        "chat_instance": "1",
        "data": "survey/people-pulse",
        "message": {"message_id": 3, "date": 1_778_760_000, "chat": CHAT, "text": "One of 8"},
        **changes,
    }


def test_a_tap_says_who_tapped_what_below_which_message() -> None:
    tap = Tap.model_validate(sent())

    assert (tap.id, tap.data) == ("1", "survey/people-pulse")
    assert (tap.from_user.id, tap.from_user.language_code) == (7, "cy")
    assert tap.message is not None
    assert (tap.message.message_id, tap.message.chat.type) == (3, "private")


def test_a_message_that_telegram_no_longer_shows_has_its_number_all_the_same() -> None:
    tap = Tap.model_validate(sent(message={"message_id": 3, "date": 0, "chat": CHAT}))

    assert tap.message is not None
    assert tap.message.message_id == 3


def test_a_tap_may_come_without_message_and_data() -> None:
    tap = Tap.model_validate(sent(message=None, data=None))

    assert (tap.message, tap.data) == (None, None)


@pytest.mark.parametrize(
    "changes",
    [{"id": None}, {"from": None}, {"from": {}}, {"data": 4}, {"message": {"message_id": 3}}],
)
def test_what_is_no_tap_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Tap.model_validate(sent(**changes))
