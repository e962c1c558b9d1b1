"""The lab as a fixture: after each test nothing is left in it."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from lab_for_test import Lab  # noqa: E402


def pytest_collection_modifyitems(items):
    """What is marked `live` takes more than 15 s: ci/live runs it."""
    live = pytest.mark.skipif(os.environ.get("MIPVET_LIVE") != "1", reason="takes long: in ci/live")
    root = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")
    for item in items:
        item.add_marker(root)
        if item.get_closest_marker("live"):
            item.add_marker(live)


def pytest_configure(config):
    config.addinivalue_line("markers", "live: takes more than 15 s")


@pytest.fixture(name="lab")
def make_lab():
    mounts = set(Path("/proc/self/mounts").read_text().splitlines())
    with Lab() as lab:
        yield lab
        assert lab.processes() == []
    left = set(Path("/proc/self/mounts").read_text().splitlines()) - mounts
    assert not [line for line in left if lab.prefix in line]
