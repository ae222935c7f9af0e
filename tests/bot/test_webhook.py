"""Webhook mode: what Telegram is told, and what is noticed of it later."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from pydantic import SecretStr

from bot.dispatcher import UPDATES
from bot.hearing import Hearing
from bot.poller import TokenRefused
from bot.state import BotState, Trouble
from bot.webhook import PATH, Webhook
from tests.bot.rig import caller
from tests.support.application import Running
from tests.support.databases import DatabaseKind
from tests.telegram.server import FakeTelegram

# Nothing listens there.
OURS = "http://127.0.0.1:9"


class Enough(Exception):
    """The webhook has been looked at often enough."""


class Looks:
    """Looks at the webhook; between two looks something may happen."""

    def __init__(self, here: Running, telegram: FakeTelegram) -> None:
        self.here, self.telegram, self.state = here, telegram, BotState()
        self.troubles: list[Trouble | None] = []

    async def __call__(self, *between: Callable[[], Awaitable[object]]) -> None:
        happening = list(between)

        async def sleep(_seconds: float) -> None:
            self.troubles.append(self.state.trouble)
            if not happening:
                raise Enough
            await happening.pop(0)()

        settings = self.here.core.settings.model_copy(
            update={"public_url": OURS, "telegram_webhook_secret": SecretStr("s" * 20)}
        )
        async with caller(self.telegram) as bot:
            hearing = Hearing(self.here.core, self.state, bot=bot.id)
            webhook = Webhook(bot, settings, hearing, sleep=sleep, chance=lambda: 0.0)
            with pytest.raises(Enough):
                await webhook.run()


@pytest.fixture
def database_kind() -> DatabaseKind:
    return DatabaseKind.SQLITE


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


async def test_it_is_set_with_its_secret_and_the_kinds_that_we_handle(
    here: Running, telegram: FakeTelegram
) -> None:
    looks = Looks(here, telegram)
    await looks()

    async with caller(telegram) as bot:
        info = await bot.get_webhook_info()
    assert info.url == OURS + PATH
    assert info.allowed_updates == list(UPDATES)
    assert looks.troubles == [None]


async def test_a_webhook_that_somebody_replaced_is_noticed_and_not_taken_back(
    here: Running, telegram: FakeTelegram
) -> None:
    async def replace() -> None:
        async with caller(telegram) as bot:
            await bot.set_webhook("http://127.0.0.1:9/elsewhere")

    async def nothing() -> None:
        pass

    looks = Looks(here, telegram)
    await looks(replace, nothing)

    async with caller(telegram) as bot:
        assert (await bot.get_webhook_info()).url.endswith("/elsewhere")
    assert looks.troubles == [None, Trouble.WEBHOOK_REPLACED, Trouble.WEBHOOK_REPLACED]


async def test_updates_that_telegram_cannot_deliver_are_noticed(
    here: Running, telegram: FakeTelegram
) -> None:
    async def write() -> None:
        await telegram.person().sends("hello")
        async with caller(telegram) as bot:
            while not (await bot.get_webhook_info()).last_error_date:
                pass

    looks = Looks(here, telegram)
    await looks(write)

    assert looks.troubles == [None, Trouble.WEBHOOK_FAILING]


async def test_a_telegram_that_does_not_answer_is_asked_again(
    here: Running, telegram: FakeTelegram
) -> None:
    telegram.fail_next("setWebhook", error_code=502)

    async def nothing() -> None:
        pass

    looks = Looks(here, telegram)
    await looks(nothing)

    assert looks.troubles == [Trouble.UNREACHABLE, None]


async def test_a_refused_token_ends_it(here: Running, telegram: FakeTelegram) -> None:
    telegram.fail_next("getWebhookInfo", error_code=401)
    with pytest.raises(TokenRefused):
        await Looks(here, telegram)()
