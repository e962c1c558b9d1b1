"""The golden captures: the program judges them as it is expected to, and runs write the same frames."""

import json

import pytest

from golden import CAPTURES, PCAPS, SOURCE, beside, decode, mipvet, name

AGAIN = "where the change is meant, run ci/golden and look at the difference"
by_name = pytest.mark.parametrize("capture", CAPTURES, ids=name)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """Captures of this very program, by the names of their scenarios."""
    directory = tmp_path_factory.mktemp("fresh")
    result = mipvet("run", SOURCE / "scenarios", "--captures", directory, "--report",
                    f"json:{directory}/run.json")
    assert result.returncode == 0, result.stdout + result.stderr
    scenarios = json.loads((directory / "run.json").read_text())["scenarios"]
    return {s["id"]: directory / (s["id"].replace("/", "-") + ".pcapng") for s in scenarios}


def test_every_scenario_has_its_golden_capture(fresh):
    assert {name(capture) for capture in CAPTURES} == set(fresh), AGAIN


def first_difference(one, other):
    pairs = list(zip(decode(one), decode(other)))
    for ours, theirs in pairs:
        if ours != theirs:
            return f"first different: {json.dumps(ours)}\nagainst: {json.dumps(theirs)}"
    return f"one of them ends after frame {len(pairs)}"


@by_name
def test_a_fresh_run_writes_the_same_frames(capture, fresh):
    if name(capture) not in fresh:
        pytest.fail(f"no scenario bears this name; {AGAIN}")
    # Octets, times and links of all frames: the files hold nothing else.
    if capture.read_bytes() != fresh[name(capture)].read_bytes():
        pytest.fail(f"{first_difference(capture, fresh[name(capture)])}\n{AGAIN}")
    assert beside(fresh[name(capture)], "network") == beside(capture, "network"), AGAIN


def test_every_capture_gives_the_expected_findings():
    """Those of real implementations, too."""
    result = mipvet("regress", PCAPS)
    assert result.returncode == 0, f"{result.stdout}{result.stderr}\n{AGAIN}"
    judged = int(result.stdout.split()[0])
    assert judged == len(CAPTURES) + len(list(PCAPS.glob("real/*/network.json"))) > 100


@pytest.mark.parametrize("capture", [c for c in CAPTURES if c.with_suffix(".keys").exists()], ids=name)
def test_what_cannot_be_read_is_held_against_nobody(capture, tmp_path):
    # Elsewhere than beside its keys.
    (tmp_path / capture.name).symlink_to(capture)
    result = mipvet("check", tmp_path / capture.name, "--network", capture.with_suffix(".network.json"),
                    "--report", f"json:{tmp_path}/report.json")
    assert result.returncode in (0, 3), result.stdout + result.stderr
    blind, seeing = (
        {(f["requirement"], f["node"]) for f in findings if f["verdict"] in ("fail", "warn")}
        for findings in (json.loads((tmp_path / "report.json").read_text())["scenarios"][0]["findings"],
                         beside(capture, "expected")["findings"]))
    assert blind <= seeing
