"""The pieces for CI systems: they are what the systems read, and their commands run as they stand there."""

import json
import os
import re
import subprocess

import pytest
import yaml

from program import MIPVET, SCENARIOS, SOURCE, iut_file, needs_root

VENDOR = SOURCE / "ci" / "vendor"
OPTIONS = set(re.findall(r"^  (--[a-z]+)", subprocess.run(
    [VENDOR / "mipvet-campaign", "--help"], capture_output=True, text=True, check=True).stdout, re.M))


def github():
    return yaml.safe_load((VENDOR / "github.yml").read_text())


def gitlab():
    return yaml.safe_load((VENDOR / "gitlab.yml").read_text())


def github_steps(job, name=None):
    return [s for s in github()["jobs"][job]["steps"] if name is None or s.get("name") == name]


COMMANDS = [step["run"] for job in github()["jobs"] for step in github_steps(job) if "run" in step] + [
    line for job in gitlab().values() for key in ("before_script", "script") for line in job.get(key, [])]


def test_each_option_that_they_use_is_one():
    used = [o for c in COMMANDS if "mipvet-campaign" in c for o in re.findall(r"(?<!\S)--[a-z-]+", c)]
    assert {"--merge", "--results", "--shard"} <= set(used) <= OPTIONS
    texts = [(VENDOR / name).read_text() for name in ("github.yml", "gitlab.yml")]
    advised = {o for t in texts for o in re.findall(r"# e\.g\. (.*)", t)}
    assert advised and {o for a in advised for o in re.findall(r"--[a-z-]+", a)} <= OPTIONS


def test_they_hold_no_logic():
    """A command is a line that calls the script or installs the package."""
    assert COMMANDS
    for command in COMMANDS:
        assert re.fullmatch(r"mipvet-campaign [^|&;]*|apt-get update -qq( && apt-get install .*)?"
                            r"|apt-get install -qq -y \"\$MIPVET_PACKAGE\"", command), command


def test_the_workflow_is_one_that_github_reads():
    workflow = github()
    assert set(workflow) == {"name", True, "env", "jobs"}  # YAML 1.1 reads `on` as true
    assert set(workflow[True]) == {"push", "pull_request"}
    for name, job in workflow["jobs"].items():
        assert set(job) <= {"needs", "if", "runs-on", "container", "permissions", "strategy", "steps"}
        assert "runs-on" in job and job.get("needs", name) in workflow["jobs"]
        for step in job["steps"]:
            assert ("uses" in step) != ("run" in step), step
            assert set(step) <= {"name", "uses", "run", "with", "if", "continue-on-error"}
            assert re.fullmatch(r"[\w./-]+@v\d+", step.get("uses", "a/b@v1"))
        expressions = set(re.findall(r"\$\{\{ ([^}]*) \}\}", json.dumps(job)))
        assert expressions == ({"matrix.shard", "strategy.job-total"} if name == "campaign" else set())
    shards = workflow["jobs"]["campaign"]["strategy"]["matrix"]["shard"]
    assert shards == list(range(1, len(shards) + 1))
    uploads = [s for j in workflow["jobs"] for s in github_steps(j) if "upload" in s.get("uses", "")]
    assert len(uploads) == 3 and all(s["if"] == "always()" for s in uploads)  # of failures, too


def test_the_jobs_are_ones_that_gitlab_reads():
    pipeline = gitlab()
    for name, job in pipeline.items():
        if name == "variables":
            continue
        assert set(job) <= {"image", "before_script", "extends", "stage", "parallel", "script", "artifacts",
                            "when", "needs"}
        assert job.get("extends", name) in pipeline and set(job.get("needs", [])) <= set(pipeline)
        assert name.startswith(".") or ("script" in job and job["artifacts"]["when"] == "always")
    assert pipeline["mipvet-report"]["when"] == "always"


def run_as_ci(command, directory, **environment):
    """The shell of a CI's job, the package's command on its PATH."""
    (directory / "bin").mkdir(exist_ok=True)
    for name, target in {"mipvet": MIPVET, "mipvet-campaign": VENDOR / "mipvet-campaign"}.items():
        if not (directory / "bin" / name).exists():
            (directory / "bin" / name).symlink_to(target)
    return subprocess.run(["sh", "-e", "-c", command], cwd=directory, capture_output=True, text=True,
                          timeout=300, stdin=subprocess.DEVNULL,
                          env={"PATH": f"{directory}/bin:{os.environ['PATH']}",
                               **{k: str(v) for k, v in environment.items()}})


def github_commands(shard, count):
    campaign, report = [github_steps(name, name)[0]["run"] for name in ("campaign", "report")]
    campaign = campaign.replace("${{ matrix.shard }}", str(shard))
    return campaign.replace("${{ strategy.job-total }}", str(count)), report


def gitlab_commands(*_):
    return gitlab()["mipvet-campaign"]["script"][0], gitlab()["mipvet-report"]["script"][0]


def set_at_the_top(system):
    return gitlab()["variables"] if system is gitlab_commands else github()["env"]


@needs_root
@pytest.mark.parametrize("commands", [github_commands, gitlab_commands], ids=["github", "gitlab"])
def test_their_commands_run(commands, tmp_path):
    """Two shards of a proxy that fails one requirement, and the job that puts them together."""
    iut_file(tmp_path, "--node mipp ", "--node mipp --deviate MIPP-2.2.1-13 ")
    variables = set_at_the_top(commands)
    assert variables["MIPVET_IUT"] == "iut.json" and variables["MIPVET_OPTIONS"] == ""
    variables["MIPVET_OPTIONS"] = f"--strict --scenarios {SCENARIOS}/mipp --filter mipp/s-*"
    statuses = []
    for shard in (1, 2):
        result = run_as_ci(commands(shard, 2)[0], tmp_path, CI_NODE_INDEX=shard, CI_NODE_TOTAL=2, **variables)
        statuses.append(result.returncode)
        assert result.returncode in (0, 1), result.stdout + result.stderr
    summary = tmp_path / "summary.md"
    result = run_as_ci(commands(1, 2)[1], tmp_path, GITHUB_STEP_SUMMARY=summary, **variables)
    assert result.returncode == max(statuses) == 1, result.stdout + result.stderr
    report = json.loads((tmp_path / "results/report.json").read_text())
    assert {s["id"] for s in report["scenarios"]} == {"mipp/s-bit", "mipp/s-bit-simultaneous"}
    assert {(f["requirement"], f["verdict"]) for s in report["scenarios"] for f in s["findings"]} \
        >= {("MIPP-2.2.1-13", "fail")}
    assert "MIPP-2.2.1-13" in summary.read_text()
    published = [s["with"] for s in github_steps("report") if "with" in s]
    assert (tmp_path / published[-1]["sarif_file"]).is_file()
    assert (tmp_path / gitlab()["mipvet-report"]["artifacts"]["reports"]["junit"]).is_file()
