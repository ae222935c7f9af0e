"""The methods of the Bot API about the bot itself: who it is, its menu of commands."""

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tests.telegram.refusal import bad_request
from tests.telegram.updates import JSON
from tests.telegram.world import World

if TYPE_CHECKING:
    from aiogram.methods import DeleteMyCommands, GetMyCommands, SetMyCommands

MAX_COMMANDS = 100
MAX_COMMAND_DESCRIPTION = 256

_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_LANGUAGE = re.compile(r"|[a-z]{2}")
_DEFAULT_SCOPE: JSON = {"type": "default"}

# method: (what it sets, longest text); asked for by the method with "get" for "set".
_TEXTS = {
    "setmyname": ("name", 64),
    "setmydescription": ("description", 512),
    "setmyshortdescription": ("short_description", 120),
}

Commands = list[JSON]


class Profile:
    def __init__(self, world: World) -> None:
        self._world = world
        self._commands: dict[tuple[str, str], Commands] = {}
        self._texts: dict[tuple[str, str], str] = {}

    def methods(self) -> Mapping[str, Any]:
        """Handlers by lower-case name of the method."""
        texts = dict.fromkeys(_TEXTS, self.set_text)
        asked = {name.replace("set", "get", 1): self.get_text for name in _TEXTS}
        return {
            "getme": self.get_me,
            "setmycommands": self.set_my_commands,
            "getmycommands": self.get_my_commands,
            "deletemycommands": self.delete_my_commands,
            **texts,
            **asked,
        }

    async def get_me(self, _call: object) -> JSON:
        return {
            **self._world.bot,
            "can_join_groups": False,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }

    async def set_my_commands(self, call: "SetMyCommands") -> bool:
        key = _key_of(call)
        if len(call.commands) > MAX_COMMANDS:
            raise bad_request("BOT_COMMANDS_TOO_MUCH")
        for each in call.commands:
            if not _COMMAND.fullmatch(each.command):
                raise bad_request("BOT_COMMAND_INVALID")
            if not 1 <= len(each.description) <= MAX_COMMAND_DESCRIPTION:
                raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        self._commands[key] = [each.model_dump(exclude_none=True) for each in call.commands]
        return True

    async def get_my_commands(self, call: "GetMyCommands") -> Commands:
        return self._commands.get(_key_of(call), [])

    async def delete_my_commands(self, call: "DeleteMyCommands") -> bool:
        self._commands.pop(_key_of(call), None)
        return True

    def menu_of(self, user: JSON) -> Commands:
        """The menu that a person sees: of their chat, of private chats, of all, each in their
        language before any; the first that has commands.

        Source: https://core.telegram.org/bots/api#determining-list-of-commands
        """
        scopes: list[JSON] = [
            {"type": "chat", "chat_id": user["id"]},
            {"type": "all_private_chats"},
            _DEFAULT_SCOPE,
        ]
        for scope in scopes:
            for language in (user.get("language_code", "")[:2], ""):
                if commands := self._commands.get((_frozen(scope), language)):
                    return commands
        return []

    async def set_text(self, call: Any) -> bool:
        what, longest = _TEXTS[call.__api_method__.lower()]
        text = getattr(call, what) or ""
        if len(text) > longest:
            raise bad_request(f"{what} is too long")
        self._texts[what, _language_of(call)] = text
        return True

    async def get_text(self, call: Any) -> JSON:
        what, _ = _TEXTS[call.__api_method__.lower().replace("get", "set", 1)]
        fallback = self._world.bot["first_name"] if what == "name" else ""
        texts = (self._texts.get((what, code)) for code in (_language_of(call), ""))
        return {what: next(filter(None, texts), fallback)}


def _key_of(call: "SetMyCommands | GetMyCommands | DeleteMyCommands") -> tuple[str, str]:
    scope = call.scope.model_dump(exclude_none=True) if call.scope else _DEFAULT_SCOPE
    return _frozen(scope), _language_of(call)


def _frozen(scope: JSON) -> str:
    """Chat ids arrive as text in a form and as numbers in JSON."""
    return json.dumps({key: str(value) for key, value in scope.items()}, sort_keys=True)


def _language_of(call: Any) -> str:
    code: str = call.language_code or ""
    if not _LANGUAGE.fullmatch(code):
        raise bad_request("invalid language code specified")
    return code
