"""Inline keyboards, checked as Telegram checks them."""

from typing import TYPE_CHECKING, Any

from tests.telegram.markup import is_link
from tests.telegram.refusal import bad_request

if TYPE_CHECKING:
    from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

Keyboard = list[list[dict[str, Any]]]

MAX_BUTTONS = 100
MAX_BUTTONS_IN_ROW = 8
MAX_DATA_BYTES = 64

_LOOKS = {"text", "style", "icon_custom_emoji_id"}


def checked_keyboard(markup: "InlineKeyboardMarkup | None") -> Keyboard:
    """Rows of buttons as in the Bot API, empty rows left out.

    Raises:
        Refusal: a button without words, without exactly one action, with data over 64 bytes or
            a link nobody can open; or too many buttons.
    """
    if markup is None:
        return []
    rows = [[_checked_button(button) for button in row] for row in markup.inline_keyboard if row]
    if sum(map(len, rows)) > MAX_BUTTONS or any(len(row) > MAX_BUTTONS_IN_ROW for row in rows):
        raise bad_request("REPLY_MARKUP_TOO_LONG")
    return rows


def _checked_button(button: "InlineKeyboardButton") -> dict[str, Any]:
    given = button.model_dump(exclude_none=True)
    actions = given.keys() - _LOOKS
    if not button.text.strip():
        raise bad_request("inline keyboard button text must be non-empty")
    if not actions or button.callback_data == "":
        raise bad_request(
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
        )
    if len(actions) > 1:
        raise bad_request(
            "can't parse inline keyboard button: exactly one action must be given, "
            f"not {', '.join(sorted(actions))}"
        )
    if button.callback_data and len(button.callback_data.encode()) > MAX_DATA_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")
    if button.url is not None and not is_link(button.url):
        raise bad_request(f"inline keyboard button URL '{button.url}' is invalid: Wrong HTTP URL")
    return given
