"""Files are read by processes that know little, may use little, and hold nobody up."""

import asyncio
import os
import subprocess
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image

from survey.domain.file_kinds import FileKind, Refusal
from survey.errors import Busy, FileRefused
from survey.files import child, inspecting
from survey.files.inspecting import AT_ONCE, Inspector
from tests.support.pictures import photo, picture, saved


@pytest.fixture
async def inspector() -> AsyncIterator[Inspector]:
    async with Inspector() as inspector:
        yield inspector


def plays(monkeypatch: pytest.MonkeyPatch, folder: Path, body: str) -> None:
    """Let the processes run this in place of looking at files."""
    (folder / "playing.py").write_text(body)
    (folder / "survey").symlink_to(Path(inspecting.__file__).parent.parent)
    monkeypatch.setitem(inspecting.ENVIRONMENT, "PYTHONPATH", str(folder))
    monkeypatch.setattr(child, "__name__", "playing")


async def test_many_are_read_by_a_few_processes_that_go_on(inspector: Inspector) -> None:
    found = await asyncio.gather(
        *(inspector.inspect("a.jpg", photo(), sender=f"{each}") for each in range(12))
    )

    assert {each.kind for each in found} == {FileKind.JPEG}
    assert 1 <= len(inspector._idle) <= AT_ONCE


def test_a_process_knows_nothing_of_the_environment() -> None:
    said = "import os; print(sorted(set(os.environ) - {'LC_CTYPE'}))"
    ran = subprocess.run(
        [sys.executable, "-c", said], env=inspecting.ENVIRONMENT, stdout=PIPE, check=True
    )

    assert ran.stdout == b"['PYTHONPATH']\n"


async def test_a_refusal_leaves_the_process_for_the_next_file(inspector: Inspector) -> None:
    for _ in range(2):
        with pytest.raises(FileRefused) as refused:
            await inspector.inspect("../x", photo(), sender="ann")
        assert (refused.value.reason, refused.value.name) == (Refusal.NAME, "../x")

    assert (await inspector.inspect("a.jpg", photo(), sender="ann")).name == "a.jpg"
    assert len(inspector._idle) == 1


async def test_a_large_file_goes_through_whole(inspector: Inspector) -> None:
    noise = os.urandom(2000 * 3000 * 3)
    large = saved(Image.frombytes("RGB", (2000, 3000), noise), "JPEG", quality=95)
    assert len(large) > 5_000_000

    found = await inspector.inspect("a.jpg", large, sender="ann")

    assert found.kind is FileKind.JPEG


async def test_others_go_on_while_a_file_is_read(inspector: Inspector) -> None:
    large = saved(picture(4000, 4000), "PNG")
    reading = asyncio.ensure_future(inspector.inspect("a.png", large, sender="ann"))
    longest, before = 0.0, time.monotonic()
    while not reading.done():
        await asyncio.sleep(0)
        now = time.monotonic()
        longest, before = max(longest, now - before), now

    assert (await reading).kind is FileKind.PNG
    assert longest < 1


async def test_a_process_that_was_ended_from_outside_is_replaced(inspector: Inspector) -> None:
    await inspector.inspect("a.jpg", photo(), sender="ann")
    inspector._idle[0].kill()

    assert (await inspector.inspect("a.jpg", photo(), sender="ann")).kind is FileKind.JPEG


async def test_a_file_is_read_though_all_that_were_at_rest_were_ended(
    inspector: Inspector,
) -> None:
    both = [inspector.inspect("a.jpg", photo(), sender=sender) for sender in ("ann", "ben")]
    await asyncio.gather(*both)
    for process in inspector._idle:
        process.kill()

    assert (await inspector.inspect("a.jpg", photo(), sender="ann")).kind is FileKind.JPEG


async def test_a_file_that_ends_its_process_is_refused(
    inspector: Inspector, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    plays(monkeypatch, tmp_path, "import os\nos.abort()\n")

    with pytest.raises(FileRefused) as refused:
        await inspector.inspect("a.jpg", photo(), sender="ann")

    assert refused.value.reason == Refusal.LONG
    assert inspector._idle == []


async def test_a_file_that_takes_for_ever_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    plays(monkeypatch, tmp_path, "import signal\nsignal.pause()\n")

    async with Inspector(seconds=0.5) as inspector:
        with pytest.raises(FileRefused) as refused:
            await inspector.inspect("a.jpg", photo(), sender="ann")

    assert refused.value.reason == Refusal.LONG


_WAITING = """
import pathlib, signal, sys
from survey.files import child

def waiting(name, content):
    folder = pathlib.Path(__file__).parent
    if not (folder / "before").exists():
        (folder / "before").touch()
        (folder / "begun").write_bytes(b"")
        (folder / "go").read_bytes()
    raise child.FileRefused(child.Refusal.KIND, name)

child.look = waiting
child.serve(sys.stdin.buffer, sys.stdout.buffer)
"""


async def test_one_sender_leaves_a_place_for_the_files_of_others(
    inspector: Inspector, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    await inspector.inspect("a.jpg", photo(), sender="ben")
    plays(monkeypatch, tmp_path, _WAITING)
    for pipe in ("begun", "go"):
        os.mkfifo(tmp_path / pipe)
    (bens,) = inspector._idle
    inspector._idle.clear()
    many = [asyncio.ensure_future(inspector.inspect("a.pdf", b"x", sender="eve")) for _ in range(6)]
    await asyncio.to_thread((tmp_path / "begun").read_bytes)
    inspector._idle.append(bens)

    found = await inspector.inspect("a.jpg", photo(), sender="ben")

    assert found.kind is FileKind.JPEG
    assert not any(each.done() for each in many)
    await asyncio.to_thread((tmp_path / "go").write_bytes, b"")
    assert len(await asyncio.gather(*many, return_exceptions=True)) == len(many)
    assert not inspector._senders


_COUNTED = """
import pathlib, signal, sys
from survey.files import child

def slow(name, content):
    with (pathlib.Path(__file__).parent / "looked").open("a") as looked:
        looked.write("x")
    if content == b"hard":
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGPROF])
    while True:
        pass

child.SECONDS, child.HARD_SECONDS, child.look = 0.2, 1, slow
child.serve(sys.stdin.buffer, sys.stdout.buffer)
"""


@pytest.mark.parametrize("way", [b"soft", b"hard"])
async def test_a_file_that_takes_too_much_computing_is_refused_and_not_tried_again(
    way: bytes, inspector: Inspector, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    plays(monkeypatch, tmp_path, _COUNTED)

    with pytest.raises(FileRefused) as refused:
        await inspector.inspect("a.pdf", way, sender="eve")

    assert refused.value.reason == Refusal.LONG
    assert (tmp_path / "looked").read_text() == "x"
    # The process that told so by itself goes on; the other one is gone.
    assert len(inspector._idle) == (1 if way == b"soft" else 0)


async def test_who_waits_too_long_for_a_turn_is_told_to_try_again(
    inspector: Inspector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspecting, "PATIENCE", 0.05)
    for _ in range(AT_ONCE):
        await inspector._turns.acquire()

    with pytest.raises(Busy):
        await inspector.inspect("a.jpg", photo(), sender="ann")


async def test_a_caller_that_gave_up_leaves_no_process_behind(inspector: Inspector) -> None:
    await inspector.inspect("a.jpg", photo(), sender="ann")
    process = inspector._idle[0]
    reading = asyncio.ensure_future(
        inspector.inspect("a.png", saved(picture(4000, 4000), "PNG"), sender="ann")
    )
    await asyncio.sleep(0)  # it has taken the process now
    assert inspector._idle == []

    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading

    assert process.returncode is not None


_GREEDY = """
import sys
from survey.files import child

def greedy(name, content):
    return [bytes(100_000_000) for _ in range(100)]

child.look = greedy
child.main()
"""


async def test_a_file_that_takes_all_memory_is_refused(
    inspector: Inspector, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    plays(monkeypatch, tmp_path, _GREEDY)

    with pytest.raises(FileRefused) as refused:
        await inspector.inspect("a.jpg", photo(), sender="ann")

    assert refused.value.reason == Refusal.LONG


async def test_a_process_that_reads_files_can_write_none(tmp_path: Path) -> None:
    attempt = tmp_path / "attempt"
    tries = (
        "from survey.files.child import give_up_what_is_not_needed\n"
        f"give_up_what_is_not_needed()\nopen({str(attempt)!r}, 'wb', 0).write(b'a')\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", tries, stderr=PIPE, env=inspecting.ENVIRONMENT
    )
    await process.communicate()

    assert process.returncode != 0
    assert attempt.stat().st_size == 0


def test_what_goes_between_is_framed_by_its_length() -> None:
    framed = child.frame({"name": "Siân.pdf"}, b"abc")
    words, content = child.lengths(framed[: child.LENGTHS_BYTES])

    assert framed[child.LENGTHS_BYTES :][:words] == b'{"name": "Si\\u00e2n.pdf"}'
    assert framed[child.LENGTHS_BYTES + words :] == b"abc"
    assert content == 3
