"""An archive of captures judged by many: nothing is lost where workers die."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import mipvet
import mipvet.distributed
import pytest

SOURCE = Path(os.environ["MIPVET_SOURCE_DIR"])
MIPVET = os.environ["MIPVET"]
GOLDEN = sorted((SOURCE / "pcaps").glob("m*/*.pcapng"))[:200]


def program(*arguments):
    return subprocess.run([MIPVET, *map(str, arguments)], capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def spoiled(tmp_path_factory):
    """A capture with a failure in it."""
    directory = tmp_path_factory.mktemp("spoiled")
    return mipvet.run(SOURCE / "scenarios/mipp/register-through-fa.json",
                      deviations={"mipp": ["MIPP-2.2.2-04"]}, captures=directory).capture


@pytest.fixture(scope="module")
def captures(spoiled):
    assert len(GOLDEN) == 200
    return [*GOLDEN[:100], spoiled, *GOLDEN[100:199]]


@pytest.fixture(scope="module")
def alone(captures):
    """What one process comes to."""
    return mipvet.distributed.check(captures, workers=1)


def test_it_is_what_check_and_merge_come_to(captures, alone, tmp_path):
    few = captures[98:103]
    for number, capture in enumerate(few):
        program("check", capture, "--report", f"json:{tmp_path}/{number}.json")
    merged = program("merge", *(tmp_path / f"{number}.json" for number in range(len(few))),
                     "--report", f"json:{tmp_path}/merged.json")
    campaign = mipvet.distributed.check(few, workers=2)
    assert campaign.report == (tmp_path / "merged.json").read_text()
    assert campaign.exit_status == merged.returncode == 1
    assert [one.id for one in alone.results] == [Path(one).stem for one in captures]


def test_known_failures_go_by_the_names_of_captures(spoiled, tmp_path):
    known = tmp_path / "known.json"
    known.write_text(json.dumps({"baseline": "x", "known": [
        {"requirement": one.requirement, "node": one.node, "scenarios": [Path(spoiled).stem],
         "reason": "ticket 7"} for one in mipvet.check(spoiled).failures]}))
    folder = Path(spoiled).parent
    assert mipvet.distributed.check(folder, workers=1).exit_status == 1
    assert mipvet.distributed.check(folder, workers=1, expect=known).exit_status == 0


def test_processes_that_die_take_nothing_with_them(captures, alone):
    killed = []

    def kill(progress):
        if progress.done in (20, 60, 100):
            children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
            victim = next(child for child in children if child not in killed)
            os.kill(int(victim), signal.SIGKILL)
            killed.append(victim)

    campaign = mipvet.distributed.check(captures, workers=3, progress=kill)
    assert len(killed) == 3
    assert campaign.report == alone.report and campaign.errors == {}


def test_a_capture_that_kills_each_of_its_processes_is_told(captures, monkeypatch):
    """Its own death is nobody else's."""
    judge = mipvet.distributed.Judging

    def die(files, *rest):
        if files == str(captures[3]):
            os.kill(os.getpid(), signal.SIGKILL)
        return judge(files, *rest)

    monkeypatch.setattr(mipvet.distributed, "Judging", die)
    with pytest.raises(mipvet.distributed.WorkerDied, match=f"{captures[3]}: 3 processes died"):
        mipvet.distributed.check(captures[:6], workers=2)


def test_a_dask_worker_that_dies_takes_nothing_with_it(captures, alone, tmp_path, monkeypatch):
    distributed = pytest.importorskip("distributed", reason="needs python3-distributed: ci/install test")
    # Its workers get this path; pytest has put the package's sources before the package.
    monkeypatch.setattr(sys, "path", [one for one in sys.path if one != str(Path(__file__).parent)])
    seen = []
    with distributed.LocalCluster(n_workers=3, threads_per_worker=1, dashboard_address=None,
                                  local_directory=tmp_path) as cluster, \
            distributed.Client(cluster) as client:
        workers = client.run(os.getpid)

        def kill(progress):
            seen.append(progress.done)
            if progress.done == 70:
                os.kill(next(iter(workers.values())), signal.SIGKILL)

        campaign = mipvet.distributed.check(captures, client=client, progress=kill)
        client.wait_for_workers(3)
        assert set(client.run(os.getpid).values()) != set(workers.values())
    assert seen == list(range(1, 201))
    assert campaign.report == alone.report and campaign.errors == {}


def test_a_folder_is_judged_with_its_keys(tmp_path):
    folder = tmp_path / "archive"
    shutil.copytree(SOURCE / "pcaps/real", folder / "real")
    for file in (SOURCE / "pcaps/mobike").glob("attach-outside.*"):
        shutil.copy(file, folder)
    campaign = mipvet.distributed.check(folder)
    program("regress", folder, "--report", f"json:{tmp_path}/report.json")
    ours, theirs = json.loads(campaign.report), json.loads((tmp_path / "report.json").read_text())
    for one in (*ours["scenarios"], *theirs["scenarios"]):
        for path in ("file", "capture"):
            one[path] = os.path.abspath(one[path])
    assert ours == theirs and len(ours["scenarios"]) == 10


def test_what_cannot_be_judged_stops_nothing(captures, tmp_path):
    bad, lone = tmp_path / "bad.pcapng", tmp_path / "lone.pcapng"
    bad.write_bytes(b"no capture")
    shutil.copy(GOLDEN[0].with_suffix(".network.json"), tmp_path / "bad.network.json")
    shutil.copy(GOLDEN[0], lone)
    campaign = mipvet.distributed.check([captures[0], bad, lone, captures[1]])
    assert len(campaign.results) == 2 and campaign.exit_status == 2
    assert "bad.pcapng" in campaign.errors[str(bad)]
    assert "lone.network.json" in campaign.errors[str(lone)]
    for wrong in ([], tmp_path / "none"):
        with pytest.raises(mipvet.InputError, match="captures: none|none"):
            mipvet.distributed.check(wrong)


def test_reports_are_written_with_frames(spoiled, tmp_path):
    campaign = mipvet.distributed.check([spoiled], workers=1)
    program("check", spoiled, *(word for kind in ("html", "junit", "pcapng")
                                for word in ("--report", f"{kind}:{tmp_path}/theirs.{kind}")))
    for kind in ("html", "junit", "pcapng"):
        campaign.write(f"{kind}:{tmp_path}/ours.{kind}")
        assert (tmp_path / f"ours.{kind}").read_bytes() == (tmp_path / f"theirs.{kind}").read_bytes()
    with pytest.raises(mipvet.InputError, match="is no KIND:FILE"):
        campaign.write("report.html")


def test_progress_is_shown_on_a_terminal(spoiled):
    parent, child = os.openpty()
    code = "import mipvet.distributed, sys; mipvet.distributed.check(sys.argv[1:])"
    subprocess.run([sys.executable, "-c", code, spoiled, GOLDEN[0]], stderr=child, check=True)
    os.close(child)
    shown = os.read(parent, 10_000).decode()
    os.close(parent)
    assert "1/2 captures" in shown and "2/2 captures, 1 not passed" in shown
