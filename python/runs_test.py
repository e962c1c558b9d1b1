"""Networks, scenarios, runs, captures and simulations from Python, beside the program."""

import json
import os
import subprocess
from pathlib import Path

import mipvet
import pytest

SOURCE = Path(os.environ["MIPVET_SOURCE_DIR"])
MIPVET = os.environ["MIPVET"]
SCENARIO = SOURCE / "scenarios/mipp/register-through-fa.json"
NETWORK = SOURCE / "scenarios/networks/dmz.json"


def program(*arguments):
    return subprocess.run([MIPVET, *map(str, arguments)], capture_output=True, text=True, check=False)


def test_a_network_is_read():
    network = mipvet.Network(NETWORK)
    assert network.nodes["mipp"].role == "mip-proxy" and "private" in network.links
    address = network.address("mipp.private")
    assert network.owner(address) == "mipp"
    assert mipvet.Network(network.document).links == network.links
    with pytest.raises(mipvet.InputError, match="no address"):
        network.address("mipp.nowhere")


def test_a_run_is_the_programs(tmp_path):
    report = tmp_path / "report.json"
    program("run", SCENARIO, "--report", f"json:{report}")
    theirs = json.loads(report.read_text())["scenarios"][0]
    ours = mipvet.run(SCENARIO)
    assert ours.passed and ours.frame_count == theirs["frames"]
    assert [(f.requirement, f.node, f.verdict, f.evaluated) for f in ours.findings] == [
        (f["requirement"], f["node"], f["verdict"], f["evaluated"]) for f in theirs["findings"]]


def test_a_deviation_is_found():
    result = mipvet.run(SCENARIO, deviations={"mipp": ["MIPP-2.2.2-04"]}, keep_frames=True)
    assert result.verdict == "fail"
    failure = result.failures[0]
    assert failure.node == "mipp" and failure.frames
    cited = result.frames[failure.frames[0].frame - 1]
    assert cited.number == failure.frames[0].frame and cited.link == failure.frames[0].link
    assert failure.requirement in mipvet.ladder(result.frames, result.findings)
    assert mipvet.requirement(failure.requirement).level == failure.level


def test_a_capture_is_judged_as_the_run_was(tmp_path):
    ran = mipvet.run(SCENARIO, deviations={"mipp": ["MIPP-2.2.2-04"]}, captures=tmp_path)
    judging = mipvet.judge(ran.capture)
    broken = {(one.requirement, one.node) for one in judging}
    checked = judging.result()
    assert checked.verdict == "fail" and checked.frame_count == ran.frame_count
    assert broken == {(one.requirement, one.node) for one in checked.findings if one.broken}
    assert broken == {(one.requirement, one.node) for one in ran.findings if one.broken}
    assert len(list(mipvet.read_capture(ran.capture))) == ran.frame_count


def test_known_failures_fail_nothing(tmp_path):
    def known(*requirements, scenario):
        path = tmp_path / "known.json"
        path.write_text(json.dumps({"baseline": "x", "known": [
            {"requirement": one, "node": "mipp", "scenarios": [scenario], "reason": "ticket 7"}
            for one in requirements]}))
        return path

    def run(*requirements):
        return mipvet.run(SCENARIO, deviations={"mipp": ["MIPP-2.2.2-04"]}, captures=tmp_path,
                          expect=known(*requirements, scenario="mipp/register-through-fa"))

    broken = [one.requirement for one in run().failures]
    ran = run(*broken)
    assert ran.passed and [one.known for one in ran.failures] == ["ticket 7"] * len(broken)
    stale = run(*broken, "MIPP-2.2.1-13")
    assert stale.verdict == "fail" and "take it off the baseline" in stale.reason
    assert mipvet.check(ran.capture, expect=known(*broken, scenario=Path(ran.capture).stem)).passed
    assert not mipvet.check(ran.capture).passed


def test_a_finding_comes_while_frames_are_left(tmp_path):
    ran = mipvet.run(SCENARIO, deviations={"mipp": ["MIPP-2.2.2-04"]}, captures=tmp_path)
    judging = mipvet.judge(ran.capture)
    next(judging)
    assert 0 < judging.frames < ran.frame_count


@pytest.mark.parametrize("text", ["", "{", '{"links": 1}'])
def test_errors_are_those_of_the_program(tmp_path, text):
    path = tmp_path / "net.json"
    path.write_text(text)
    with pytest.raises(mipvet.InputError) as raised:
        mipvet.Network(path)
    capture = tmp_path / "none.pcapng"
    told = program("check", capture, "--network", path).stderr.strip()
    assert str(raised.value) in told and "\n" not in str(raised.value)


def test_a_damaged_capture_is_told(tmp_path):
    path = tmp_path / "bad.pcapng"
    path.write_bytes(b"no capture")
    with pytest.raises(mipvet.CaptureError, match="bad.pcapng"):
        mipvet.check(path, NETWORK)


def test_a_simulation_is_stepped():
    simulation = mipvet.Simulation(NETWORK)
    begin = simulation.time
    simulation.command("mn", "attach", link="visited")
    reply = simulation.until("registration-reply", sender="fa")
    assert reply["code"] == 0 and begin < reply.time <= simulation.time
    simulation.run(2.5)
    assert simulation.time >= begin + 2.5
    assert simulation.findings and not [one for one in simulation.findings if one.broken]
    with pytest.raises(AssertionError, match="no registration-reply from mipp"):
        simulation.until("registration-reply", sender="mipp", within=0.01)
    with pytest.raises(mipvet.InputError, match="must be one of"):
        simulation.command("nobody", "attach")
    with pytest.raises(mipvet.InputError):
        simulation.command("mn", "fly")


def test_a_simulation_takes_frames_of_the_author():
    simulation = mipvet.Simulation(NETWORK)
    simulation.send("visited", mipvet.icmp_frame(mipvet.message("agent-solicitation"), ttl=1,
                                                 source="0.0.0.0", destination="224.0.0.11"))
    assert simulation.until("agent-advertisement", link="visited", within=2)


def test_the_same_seed_gives_the_same_octets():
    runs = [mipvet.run(SCENARIO, seed=7, keep_frames=True) for _ in range(2)]
    assert [one.octets for one in runs[0].frames] == [one.octets for one in runs[1].frames]
