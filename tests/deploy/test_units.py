"""The systemd units, as far as they can be checked without systemd running."""

import re
import shutil
import subprocess
from configparser import ConfigParser
from pathlib import Path

import pytest

UNITS = Path(__file__).resolve().parents[2] / "deploy" / "systemd"
SERVICES = ("tellback.service", "tellback@.service")


def unit(name: str) -> ConfigParser:
    read = ConfigParser(strict=False, interpolation=None)
    read.optionxform = str  # type: ignore[assignment,method-assign]  # directives have capitals
    read.read_string((UNITS / name).read_text())
    return read


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_no_rights_that_it_does_not_need(name: str) -> None:
    service = unit(name)["Service"]

    assert service["NoNewPrivileges"] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert service["CapabilityBoundingSet"] == ""
    assert service["DynamicUser"] == "yes"


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_longer_to_stop_than_it_takes(name: str) -> None:
    from api.roles import STOP_SECONDS

    assert int(unit(name)["Service"]["TimeoutStopSec"]) > STOP_SECONDS


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_can_tell_of_its_memory_and_time(name: str) -> None:
    """What counts them reads /proc/stat for the time of the start."""
    assert unit(name)["Service"].get("ProcSubset", "all") == "all"


def test_one_process_and_several_are_confined_alike() -> None:
    one, several = (dict(unit(name)["Service"]) for name in SERVICES)

    assert several.pop("ExecStart") == one.pop("ExecStart") + " --only %i"
    assert one == several


@pytest.mark.parametrize("path", sorted(UNITS.iterdir()), ids=lambda path: path.name)
def test_systemd_knows_every_directive(path: Path, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        assert re.search(r"^\[(Service|Timer)\]$", path.read_text(), re.MULTILINE)
        return
    programs = tmp_path / "program"
    programs.write_text("#!/bin/sh\n")
    programs.chmod(0o755)
    for each in UNITS.iterdir():
        text = re.sub(r"ExecStart=\S+", f"ExecStart={programs}", each.read_text())
        (tmp_path / each.name).write_text(text)
    name = path.name.replace("@.", "@api.")
    if name != path.name:
        (tmp_path / name).write_text((tmp_path / path.name).read_text())

    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / name)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert [line for line in done.stderr.splitlines() if path.name.split("@")[0] in line] == []
