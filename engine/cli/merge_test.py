"""`run --shard K/N` and `merge`: the parts together are the whole."""

import json

import pytest

from program import SCENARIOS, mipvet

KINDS = {"json": "report.json", "junit": "report.xml", "text": "report.txt"}


def reports(directory):
    directory.mkdir(parents=True, exist_ok=True)
    return [part for kind, file in KINDS.items()
            for part in ("--report", f"{kind}:{directory / file}")]


def run(directory, *arguments):
    """A campaign with a failure and a warning in it."""
    result = mipvet("run", SCENARIOS / "mipp", "--filter", "mipp/r*", "--deviate", "mipp:MIPP-2.2.1-07",
                    *arguments, *reports(directory))
    assert result.returncode in (0, 1) and result.stderr == "", result.stderr
    return result


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    directory = tmp_path_factory.mktemp("whole")
    return directory, run(directory)


def shards(directory, count, *arguments):
    for k in range(1, count + 1):
        run(directory / str(k), "--shard", f"{k}/{count}", *arguments)
    return [directory / str(k) / "report.json" for k in range(1, count + 1)]


@pytest.mark.parametrize("count", [1, 2, 3, 7, 20])
def test_shards_merged_are_the_whole_run(count, whole, tmp_path):
    parts = shards(tmp_path, count)
    sizes = [len(json.loads(part.read_text())["scenarios"]) for part in parts]
    assert max(sizes) - min(sizes) <= 1
    # In any order: jobs end when they like.
    merged = mipvet("merge", *reversed(parts), *reports(tmp_path / "merged"))
    assert merged.returncode == whole[1].returncode and merged.stdout == whole[1].stdout
    for file in KINDS.values():
        assert (tmp_path / "merged" / file).read_bytes() == (whole[0] / file).read_bytes(), file


def test_a_failure_in_one_shard_is_the_campaigns(tmp_path):
    """With --strict the warning is one; it shows in the exit status of the merged campaign."""
    parts = shards(tmp_path, 2, "--strict")
    merged = mipvet("merge", *parts, *reports(tmp_path / "merged"))
    assert merged.returncode == 1
    assert json.loads((tmp_path / "merged/report.json").read_text())["strict"] is True


def test_campaigns_that_are_no_shards_follow_each_other(whole, tmp_path):
    run(tmp_path, "--seed", "2")
    one, other = whole[0] / "report.json", tmp_path / "report.json"
    mipvet("merge", one, other, *reports(tmp_path / "merged"))
    merged = json.loads((tmp_path / "merged/report.json").read_text())
    assert merged["scenarios"] == [s for part in (one, other)
                                   for s in json.loads(part.read_text())["scenarios"]]


def refused(*files):
    result = mipvet("merge", *files)
    assert result.returncode == 2 and result.stdout == "" and result.stderr.count("\n") == 1
    return result.stderr


def edited(path, edit):
    document = json.loads(path.read_text())
    edit(document)
    path.write_text(json.dumps(document))
    return path


def test_what_does_not_belong_together_is_refused(whole, tmp_path):
    first, second, third = shards(tmp_path / "three", 3)
    assert "shard 2/3 is missing" in refused(first, third)
    assert "is shard 1/3 again" in refused(first, second, third, first)
    assert "is not a shard" in refused(first, second, third, whole[0] / "report.json")
    assert "another is one of 3" in refused(first, *shards(tmp_path / "two", 2))
    strict = shards(tmp_path / "strict", 3, "--strict")
    assert "strict" in refused(first, second, strict[2])
    edited(second, lambda report: report["scenarios"].pop())
    assert "2/3" in refused(first, second, third) or "scenarios" in refused(first, second, third)


@pytest.mark.parametrize("place, edit", [
    ("/schema", lambda r: r.update(schema=2)),
    ("/strict", lambda r: r.update(strict="no")),
    ("/shard", lambda r: r.update(shard={"index": 3, "of": 2})),
    ("/scenarios", lambda r: r.update(scenarios=7)),
    ("/scenarios/0/verdict", lambda r: r["scenarios"][0].update(verdict="good")),
    ("/scenarios/0", lambda r: r["scenarios"][0].pop("id")),
    ("/scenarios/0/findings/0/requirement",
     lambda r: r["scenarios"][0]["findings"][0].update(requirement="X-1")),
])
def test_bad_reports_are_one_line(place, edit, whole, tmp_path):
    path = tmp_path / "bad.json"
    path.write_bytes((whole[0] / "report.json").read_bytes())
    assert f"bad.json: {place}: " in refused(edited(path, edit))
