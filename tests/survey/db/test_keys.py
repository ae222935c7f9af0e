"""Keys as files: sealed without a private key, gone when destroyed, one winner of a race."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest

from survey.db.keys import KEPT_SECONDS, FileKeys
from survey.errors import CannotStart

NOVEMBER = date(2026, 11, 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.fixture
def keys(folder: Path) -> FileKeys:
    return FileKeys(folder)


def files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("content", [b"", b"x", b"Pl\xc3\xaes", b"\0" * 5000])
def test_what_was_sealed_is_opened_as_it_was(keys: FileKeys, content: bytes) -> None:
    box = uuid4()
    public = keys.create_box(box)

    assert keys.open(box, keys.seal(public, content)) == content


def test_sealing_needs_no_private_key(keys: FileKeys, tmp_path: Path) -> None:
    box = uuid4()
    elsewhere = FileKeys(tmp_path / "elsewhere")

    assert keys.open(box, elsewhere.seal(keys.create_box(box), b"answers")) == b"answers"


@pytest.mark.parametrize(("least", "most"), [(0, 1020), (1021, 4092), (4093, 16380)])
def test_lengths_are_hidden_within_a_size(keys: FileKeys, least: int, most: int) -> None:
    public = keys.create_box(uuid4())

    lengths = [len(keys.seal(public, b"x" * size)) for size in (least, most, most + 1)]

    assert lengths[0] == lengths[1] < lengths[2]


def test_lengths_of_drafts_are_hidden_as_those_of_sealed_answers_are(keys: FileKeys) -> None:
    lengths = [len(keys.encrypt("draft", NOVEMBER, b"x" * size)[1]) for size in (0, 1020, 1021)]

    assert lengths[0] == lengths[1] < lengths[2]


def test_a_box_is_opened_by_its_own_key_only(keys: FileKeys) -> None:
    box, other = uuid4(), uuid4()
    keys.create_box(other)
    sealed = keys.seal(keys.create_box(box), b"answers")

    with pytest.raises(ValueError, match="not sealed for this box"):
        keys.open(other, sealed)
    with pytest.raises(ValueError, match="not sealed for this box"):
        keys.open(box, sealed[:-1] + bytes([sealed[-1] ^ 1]))


def test_a_destroyed_key_opens_nothing_and_leaves_no_copy(keys: FileKeys, folder: Path) -> None:
    box = uuid4()
    sealed = keys.seal(keys.create_box(box), b"answers")
    (private,) = files(folder)
    still_linked = folder / "other-name"
    still_linked.hardlink_to(private)
    content = private.read_bytes()

    keys.destroy_box(box)
    keys.destroy_box(box)

    with pytest.raises(KeyError):
        keys.open(box, sealed)
    assert still_linked.read_bytes() != content
    assert list(files(folder)) == [still_linked]


def test_a_box_has_one_key_whoever_makes_it(keys: FileKeys, folder: Path) -> None:
    boxes = [uuid4() for _ in range(20)]
    others = FileKeys(folder)

    with ThreadPoolExecutor(max_workers=8) as threads:
        made = list(
            threads.map(
                lambda pair: pair[0].create_box(pair[1]),
                [(each, box) for box in boxes for each in (keys, others, keys, others)],
            )
        )

    assert len(set(made)) == len(boxes) == len(list(files(folder)))


def test_a_month_and_purpose_has_one_key(keys: FileKeys, folder: Path) -> None:
    name, content = keys.encrypt("draft", NOVEMBER, b"half an answer")
    again, other = keys.encrypt("draft", NOVEMBER, b"half an answer")

    assert name == again == "draft-2026-11"
    assert content != other
    assert FileKeys(folder).decrypt(name, content) == b"half an answer"


def test_changed_bytes_are_not_decrypted(keys: FileKeys) -> None:
    name, content = keys.encrypt("draft", NOVEMBER, b"half an answer")

    with pytest.raises(ValueError, match="not encrypted with this key"):
        keys.decrypt(name, content[:-1] + bytes([content[-1] ^ 1]))


def test_keys_of_earlier_months_are_destroyed_for_one_purpose(keys: FileKeys) -> None:
    months = [date(2025, 12, 1), date(2026, 10, 1), NOVEMBER]
    drafts = [keys.encrypt("draft", month, b"x") for month in months]
    update = keys.encrypt("inbox", months[0], b"x")

    keys.destroy_before("draft", NOVEMBER)

    for name, content in drafts[:2]:
        with pytest.raises(KeyError):
            keys.decrypt(name, content)
    assert keys.decrypt(*drafts[2]) == keys.decrypt(*update) == b"x"


def test_a_key_that_another_process_destroyed_is_soon_gone_here(folder: Path) -> None:
    now = 0.0
    keys = FileKeys(folder, elapsed=lambda: now)
    name, content = keys.encrypt("draft", date(2026, 10, 1), b"half an answer")
    FileKeys(folder).destroy_before("draft", NOVEMBER)

    assert keys.decrypt(name, content) == b"half an answer"
    now = KEPT_SECONDS
    with pytest.raises(KeyError):
        keys.decrypt(name, content)


def test_keys_in_memory_are_few(keys: FileKeys, folder: Path) -> None:
    made = [keys.encrypt("draft", date(year, 1, 1), b"x") for year in range(2001, 2031)]
    FileKeys(folder).destroy_before("draft", date(2031, 1, 1))

    readable = 0
    for name, content in made:
        with suppress(KeyError):
            readable += keys.decrypt(name, content) == b"x"
    assert 0 < readable <= 8


@pytest.mark.parametrize("name", ["", "draft", "../boxes/x", "draft-2026-11/../../x", "draft-26-1"])
def test_a_name_that_is_no_key_is_gone(keys: FileKeys, name: str) -> None:
    with pytest.raises(KeyError):
        keys.decrypt(name, b"")


def test_files_and_folders_are_the_owners_alone(keys: FileKeys, folder: Path) -> None:
    keys.create_box(uuid4())
    keys.encrypt("draft", NOVEMBER, b"x")

    modes = {path: path.stat().st_mode & 0o777 for path in folder.rglob("*")}

    assert {mode for path, mode in modes.items() if path.is_file()} == {0o600}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}
    assert len(list(files(folder))) == 2


def test_a_folder_that_others_may_look_into_is_refused(keys: FileKeys, folder: Path) -> None:
    (folder / "boxes").chmod(0o750)

    with pytest.raises(CannotStart, match="TELLBACK_KEY_DIR"):
        FileKeys(folder)


def test_a_file_in_the_place_of_the_folder_is_refused(folder: Path) -> None:
    folder.touch()

    with pytest.raises(CannotStart, match="TELLBACK_KEY_DIR"):
        FileKeys(folder)
