"""The golden captures: the program judges them as recorded, and runs write the same frames."""

import json

import pytest

from golden import CAPTURES, SOURCE, beside, decode, mipvet, name

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


def findings(report):
    return {(f["requirement"], f["node"]): f for f in report["scenarios"][0]["findings"]}


@by_name
def test_a_golden_capture_gives_the_expected_findings(capture, tmp_path):
    # From where the capture is, as ci/golden does: its path is part of the report.
    result = mipvet("check", capture.name, "--report", f"json:{tmp_path}/report.json",
                    cwd=capture.parent)
    assert result.returncode in (0, 3), result.stdout + result.stderr
    report = json.loads((tmp_path / "report.json").read_text())
    expected = beside(capture, "report")
    seen, wanted = findings(report), findings(expected)
    changed = [(wanted.get(key), seen.get(key)) for key in wanted.keys() | seen.keys()
               if wanted.get(key) != seen.get(key)]
    assert not changed, f"{len(changed)} findings differ, the first: {changed[0]}\n{AGAIN}"
    # All else that a report says, except of the program and of its ledgers as a whole.
    assert report["scenarios"] == expected["scenarios"] and report["verdict"] == expected["verdict"]


@pytest.mark.parametrize("capture", [c for c in CAPTURES if c.with_suffix(".keys").exists()], ids=name)
def test_what_cannot_be_read_is_held_against_nobody(capture, tmp_path):
    # Elsewhere than beside its keys.
    (tmp_path / capture.name).symlink_to(capture)
    result = mipvet("check", tmp_path / capture.name, "--network", capture.with_suffix(".network.json"),
                    "--report", f"json:{tmp_path}/report.json")
    assert result.returncode in (0, 3), result.stdout + result.stderr
    blind, seeing = (
        {key for key, f in findings(report).items() if f["verdict"] in ("fail", "warn")}
        for report in (json.loads((tmp_path / "report.json").read_text()), beside(capture, "report")))
    assert blind <= seeing


def test_a_changed_frame_is_noticed(tmp_path):
    capture = next(c for c in CAPTURES if name(c) == "mip4/register-through-fa")
    octets = bytearray(capture.read_bytes())
    authenticators = {layer["fields"]["authenticator"]["value"] for frame in decode(capture)
                      for layer in frame["layers"] if "authenticator" in layer["fields"]}
    assert authenticators
    for authenticator in authenticators:
        at = octets.index(bytes.fromhex(authenticator))
        octets[at] ^= 1
    (tmp_path / "changed.pcapng").write_bytes(octets)
    network = capture.with_suffix(".network.json")
    result = mipvet("check", tmp_path / "changed.pcapng", "--network", network, "--report",
                    f"json:{tmp_path}/report.json")
    assert result.returncode == 1, result.stdout + result.stderr
    assert findings(json.loads((tmp_path / "report.json").read_text())) != \
        findings(beside(capture, "report"))
