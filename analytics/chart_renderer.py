"""Drawing without stopping the event loop.

vl-convert keeps the interpreter lock while it draws, so a thread would not do: charts are drawn
in one process of their own, which is started fresh (nothing is forked from a running loop) and
ends with this one.
"""

import asyncio
import multiprocessing
import os
import signal
import threading
from collections import OrderedDict
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

from analytics.charts import Chart
from analytics.drawing import draw

KEPT_CHARTS = 256


class ChartRenderer:
    """Draws charts one at a time and keeps the latest, as a chart is all that its picture shows."""

    def __init__(self, *, keep: int = KEPT_CHARTS) -> None:
        self._keep = keep
        self._kept: OrderedDict[Chart, str] = OrderedDict()
        self._pool: ProcessPoolExecutor | None = None

    def start(self) -> None:
        """Start the process and let it load its libraries, some seconds; does not wait for it."""
        self._running_pool().submit(_warm_up)

    async def close(self) -> None:
        """End the process; what is being drawn is finished, what waits is cancelled."""
        pool, self._pool = self._pool, None
        if pool is not None:
            await asyncio.to_thread(pool.shutdown, wait=True, cancel_futures=True)

    async def svg(self, chart: Chart) -> str:
        """The chart as SVG text.

        A process that was killed is replaced and the chart drawn once more.

        Raises:
            BrokenProcessPool: it was killed again.
        """
        kept = self._kept.get(chart)
        if kept is not None:
            self._kept.move_to_end(chart)
            return kept
        try:
            drawn = await self._draw(chart)
        except BrokenProcessPool:
            self._pool = None
            drawn = await self._draw(chart)
        self._kept[chart] = drawn
        while len(self._kept) > self._keep:
            self._kept.popitem(last=False)
        return drawn

    async def _draw(self, chart: Chart) -> str:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._running_pool(), draw, chart)

    def _running_pool(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                max_workers=1, mp_context=get_context("spawn"), initializer=_stay_with_parent
            )
        return self._pool


def _stay_with_parent() -> None:
    """Leave Ctrl-C to the parent, and go when the parent is gone, however it went."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_after_parent, daemon=True).start()


def _leave_after_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(0)


def _warm_up() -> None:
    import altair  # noqa: F401
    import vl_convert

    vl_convert.vegalite_to_svg({"mark": "point", "data": {"values": []}}, allowed_base_urls=[])
