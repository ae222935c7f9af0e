"""The systemd units, as far as they can be checked without systemd running."""

import re
import shutil
import subprocess
from configparser import ConfigParser
from pathlib import Path

import pytest

from survey.settings import Settings

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


@pytest.mark.parametrize(
    ("name", "full_name"),
    [("tellback.service", "tellback"), ("tellback@.service", "tellback@worker")],
)
def test_the_socket_that_the_example_offers_lies_where_the_unit_may_make_it(
    name: str, full_name: str
) -> None:
    service = unit(name)["Service"]
    folder = service["RuntimeDirectory"].replace("%N", full_name)

    assert Settings(lmtp_listen=f"unix:/run/{folder}/lmtp.sock").lmtp
    assert f"unix:/run/{folder}/lmtp.sock" in (UNITS.parent / "env.example").read_text()
    assert "AF_UNIX" in service["RestrictAddressFamilies"].split()


@pytest.mark.parametrize("name", SERVICES)
def test_the_mail_server_can_be_let_into_the_folder_of_the_socket(name: str) -> None:
    """A group of another name than the user: systemd refuses one of the same without the user."""
    service = unit(name)["Service"]

    assert service["Group"] not in ("", service["User"])
    assert service["RuntimeDirectoryMode"] == "0750"
    assert "RuntimeDirectoryPreserve" not in service, "it would lie under /run/private"
    runbook = (UNITS.parent / "runbook.md").read_text()
    assert f"groupadd --system {service['Group']}\n" in runbook
    assert f"usermod --append --groups {service['Group']} postfix\n" in runbook


def test_two_units_share_no_folder_that_goes_when_one_of_them_stops() -> None:
    assert "%N" in unit("tellback@.service")["Service"]["RuntimeDirectory"]


def test_the_backup_leaves_the_folders_to_whom_they_belong() -> None:
    backup, program = unit("tellback-backup.service")["Service"], unit(SERVICES[0])["Service"]

    assert [backup[each] for each in ("User", "Group")] == [
        program[each] for each in ("User", "Group")
    ]


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
