"""What `cmake --install` installs, and so the Debian package holds, works where it lies, without the source tree."""

import os
import subprocess
import tempfile
from pathlib import Path

import pytest


@pytest.fixture(scope="module", name="prefix")
def installed():
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run(["cmake", "--install", os.environ["MIPVET_BUILD_DIR"], "--prefix", directory, "--strip"],
                       check=True, capture_output=True)
        yield Path(directory)


def run(*command):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MIPVET")}
    return subprocess.run(command, cwd="/", capture_output=True, text=True, env=environment, timeout=300,
                          stdin=subprocess.DEVNULL)


def test_the_program_finds_its_scenarios(prefix):
    scenarios = prefix / "share/mipvet/scenarios"
    assert run(prefix / "bin/mipvet", "lint", scenarios).returncode == 0
    assert "mipp/s-bit" in run(prefix / "bin/mipvet", "rules", "MIPP-2.2.1-13").stdout
    result = run(prefix / "bin/mipvet", "run", scenarios / "mipp/s-bit.json")
    assert result.returncode == 0, result.stdout + result.stderr


def test_nothing_of_the_source_tree_alone_is_in_it(prefix):
    files = [p for p in prefix.rglob("*") if not p.is_dir()]
    assert not [p for p in files if p.name in ("CMakeLists.txt", "conftest.py")
                or p.stem.endswith(("_test", "_for_test")) or p.suffix == ".pyc"]
    assert {p.name for p in (prefix / "share/man/man1").iterdir()} == \
        {f"{p.name}.1.gz" for p in (prefix / "bin").iterdir()}
    assert (prefix / "share/doc/mipvet/copyright").read_text().lstrip().startswith("Apache License")


def test_the_campaign_finds_program_and_scenarios(prefix):
    campaign = prefix / "bin/mipvet-campaign"
    assert campaign.is_symlink() and not Path(os.readlink(campaign)).is_absolute()
    assert run(campaign, "--help").stdout.startswith("Usage: mipvet-campaign")
    # Past all that it looks for itself: the complaint is that of mipvet.
    with tempfile.TemporaryDirectory() as results:
        result = run("env", f"MIPVET={prefix}/bin/mipvet", campaign, "--results", results, "--filter", "none/*",
                     prefix / "share/mipvet/scenarios/iuts/mip-proxy-behind-nat.json")
    assert result.returncode == 2 and ("none/*" in result.stderr or os.geteuid() != 0), result.stderr
