"""An import that dies on the way leaves nothing behind."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from tests.support.application import Running, running

ROOT = Path(__file__).resolve().parents[3]

KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from tests.support.application import running

async def main(url, folder):
    async with running(url, folder) as here:
        await here.core.responses.import_file(
            "people-pulse",
            (folder / "r.csv").open,
            name="r.csv",
            progress=lambda rows: os.kill(os.getpid(), signal.SIGKILL) if rows >= 4000 else None,
        )

asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
""".replace('(folder / "r.csv").open', 'lambda: (folder / "r.csv").open("rb")')


async def kept(here: Running) -> int:
    async with here.core.begin.read(one_state=True) as work:
        return len([each async for each in work.responses.all("people-pulse")])


async def test_an_import_killed_in_the_middle_keeps_nothing_and_can_be_run_again(
    database_url: str, tmp_path: Path
) -> None:
    rows = "".join(f"2026-05-{1 + row % 14:02d},oakfield,4\n" for row in range(5000))
    file = tmp_path / "r.csv"
    file.write_text("submitted_on,unit,pride\n" + rows)
    async with running(database_url, tmp_path) as here:
        await here.publish("people-pulse")

    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        KILLED,
        database_url,
        str(tmp_path),
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    code = await process.wait()

    async with running(database_url, tmp_path) as here:
        after_the_kill = await kept(here)
        done = await here.core.responses.import_file(
            "people-pulse", lambda: file.open("rb"), name=file.name
        )
        again = await kept(here)
    assert (code, after_the_kill, done, again) == (-signal.SIGKILL, 0, 5000, 5000)
