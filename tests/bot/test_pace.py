from collections.abc import Callable
from datetime import timedelta

from bot.pace import A_HEAP, AT_ONCE, MOST_KNOWN, Pace, Reply
from tests.support.application import TestClock

SIAN, TOM = 1, 2


def nobody_waits() -> int:
    return 0


class Street:
    """Virtual time: sleeping passes it, and messages come meanwhile."""

    def __init__(self) -> None:
        self.clock = TestClock()
        self.slept = 0.0
        self.arriving: Callable[[float], None] = lambda _: None
        self.pace = Pace(self.clock, self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.slept += seconds
        self.clock.advance(timedelta(seconds=seconds))
        self.arriving(seconds)


async def test_who_waits_for_each_answer_is_answered_at_once_a_whole_survey_long() -> None:
    street = Street()
    for _ in range(AT_ONCE):
        assert await street.pace.turn(SIAN, nobody_waits) is Reply.NOW
    assert street.slept == 0


async def test_afterwards_an_answer_a_second() -> None:
    street = Street()
    for _ in range(AT_ONCE + 30):
        assert await street.pace.turn(SIAN, nobody_waits) is Reply.NOW
    assert street.slept == 30


async def test_a_flood_of_a_hundred_a_second_gets_one_answer_a_second_and_is_told_once() -> None:
    street = Street()
    waiting = 0

    def arrive(seconds: float) -> None:
        nonlocal waiting
        waiting += round(100 * seconds)

    street.arriving = arrive
    end, answers = street.clock.now() + timedelta(minutes=1), []
    while street.clock.now() < end:
        if waiting:
            waiting -= 1
            answers.append(await street.pace.turn(SIAN, lambda: waiting))  # noqa: B023
        else:
            arrive(0.01)
            street.clock.advance(timedelta(seconds=0.01))

    given = [each for each in answers if each is not Reply.NOT_AT_ALL]
    assert len(answers) >= 5_900
    assert len(given) <= AT_ONCE + 61
    assert given.count(Reply.WITH_A_WORD) == 1


async def test_others_are_answered_at_once_meanwhile() -> None:
    street = Street()
    for _ in range(AT_ONCE + 5):
        await street.pace.turn(SIAN, nobody_waits)
    before = street.slept

    assert await street.pace.turn(TOM, nobody_waits) is Reply.NOW
    assert street.slept == before


async def test_of_a_heap_of_messages_the_last_is_answered_and_says_so() -> None:
    street = Street()
    heap = [await street.pace.turn(SIAN, lambda: A_HEAP) for _ in range(2)]

    assert heap == [Reply.NOT_AT_ALL] * 2
    assert await street.pace.turn(SIAN, nobody_waits) is Reply.WITH_A_WORD
    assert await street.pace.turn(SIAN, nobody_waits) is Reply.NOW


async def test_a_flood_without_end_gets_a_sign_of_life_now_and_then() -> None:
    street = Street()
    await street.pace.turn(SIAN, nobody_waits)
    replies = []
    for _ in range(12):
        replies.append(await street.pace.turn(SIAN, lambda: A_HEAP))
        street.clock.advance(timedelta(seconds=1))

    assert [each for each in replies if each is not Reply.NOT_AT_ALL] == [
        Reply.WITH_A_WORD,
        Reply.NOW,
    ]


async def test_who_calmed_down_is_told_again_another_time() -> None:
    street = Street()
    for _ in range(2):
        await street.pace.turn(SIAN, lambda: A_HEAP)
        assert await street.pace.turn(SIAN, nobody_waits) is Reply.WITH_A_WORD
        street.clock.advance(timedelta(minutes=1))


async def test_a_clock_that_was_put_back_neither_gives_nor_takes() -> None:
    street = Street()
    for _ in range(AT_ONCE):
        await street.pace.turn(SIAN, nobody_waits)
    street.clock.advance(timedelta(hours=-1))

    assert await street.pace.turn(SIAN, nobody_waits) is Reply.NOW
    assert street.slept == 1


async def test_only_so_many_people_are_remembered() -> None:
    street = Street()
    for user in range(MOST_KNOWN + 10):
        await street.pace.turn(user, nobody_waits)

    assert street.pace.known == MOST_KNOWN
