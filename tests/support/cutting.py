"""Cutting work off at one of its waits, as a process does that dies there."""

import asyncio
from collections.abc import Callable, Coroutine, Generator
from functools import partial
from typing import Any


class CutAt:
    """`await CutAt(work, 7)` cancels the task when the work waits for the seventh time."""

    def __init__(self, work: Coroutine[Any, Any, object], wait: int) -> None:
        self._work, self._wait = work, wait

    def __await__(self) -> Generator[Any, Any, None]:
        going = self._work.__await__()
        step: Callable[[], Any] = partial(next, going)
        waits = 0
        while True:
            try:
                waited_for = step()
            except StopIteration:
                return
            waits += 1
            if waits == self._wait:
                task = asyncio.current_task()
                assert task is not None
                task.cancel()
            try:
                yield waited_for
            except BaseException as error:
                step = partial(going.throw, error)
            else:
                step = partial(next, going)


async def cut_off(*work: tuple[Coroutine[Any, Any, object], int]) -> list[bool]:
    """Run these at the same time, each until its so many-th wait; whether each was cut off."""

    async def run(each: Coroutine[Any, Any, object], wait: int) -> None:
        await CutAt(each, wait)

    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(run(each, wait)) for each, wait in work]
    return [task.cancelled() for task in running]
