"""The memory of a bot after so many updates and after ten times as many: what it forgets."""

from collections.abc import Iterator
from time import perf_counter
from typing import Final

from tests.bench.chatting import Kind
from tests.bench.options import Options
from tests.bench.processes import commanded
from tests.bench.rounds import Goal, Line, Spread

_UPDATES: Final = 100_000
_AT_MOST: Final = Goal(1.05, most=True)


def measure(options: Options) -> Iterator[Line]:
    updates = _UPDATES // 20 if options.small else _UPDATES
    folder = options.folder / "memory"
    url = f"sqlite:///{folder}.sqlite"
    with commanded("tests.bench.chatting", Kind.ANSWERING, url, str(folder)) as bot:
        begun = perf_counter()
        held = []
        for wanted in (updates // 10, updates):
            handled = bot.does(f"live {wanted}")["updates"]
            held.append(bot.megabytes())
            options.tell(f"    {handled:,} updates: {held[-1]:.1f} MB")
        rate = updates / (perf_counter() - begun)
    early, late = held
    yield Line(
        f"P8 memory of a bot after {updates:,} updates, SQLite",
        f"after {updates // 10:,}",
        Spread.of([late / early]),
        f"{late:.1f} MB against {early:.1f} MB; {rate:,.0f} updates a second, people coming, "
        "answering, sending and going",
        None if options.small else _AT_MOST,  # of so few updates it would say nothing
    )
