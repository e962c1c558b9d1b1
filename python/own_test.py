"""A role, a rule and a scenario written in Python catch a deviation that no built-in rule names."""

import os
from pathlib import Path

import mipvet
import pytest

SOURCE = Path(os.environ["MIPVET_SOURCE_DIR"])
NETWORK = SOURCE / "scenarios/networks/dmz.json"


class Marks(mipvet.Role):
    """A proxy that marks the requests it relays with a type of service: no specification forbids it."""

    def sends(self, port, frame):
        if mipvet.dissect(frame).message == "registration-request":
            return mipvet.edit(frame).set("ipv4.type_of_service", 0x20).frame()
        return frame


@mipvet.rule("OWN-1", "The proxy relays requests with type of service 0", role="mip-proxy",
             message="registration-request", evidence="ipv4.type_of_service")
def unmarked(frame):
    return frame["ipv4.type_of_service"] == 0


def scenario(*steps):
    return mipvet.Scenario(
        {"scenario": "own/unmarked", "title": "Requests are relayed without a mark",
         "network": str(NETWORK), "proves": ["OWN-1", "MIPP-2.2.2-04"],
         "script": [attach, {"within": 3, "as": "relayed", "expect": {
             "link": "private", "from": "mipp", "to": "ha", "message": "registration-request"}},
             *steps, {"after": 2}]}, rules=[unmarked])


def attach(stage):
    """the mobile node attaches"""
    stage.command("mn", "attach", link="visited")


def test_a_conforming_run_passes():
    result = mipvet.run(scenario())
    assert (result.verdict, result.reason) == ("pass", "")
    assert result.of("OWN-1")[0].evaluated > 0


def test_the_deviation_is_caught_by_this_rule_alone():
    result = mipvet.run(scenario(), roles={"mipp": Marks}, keep_frames=True)
    assert result.verdict == "fail"
    assert {(one.requirement, one.node) for one in result.findings if one.broken} == {
        ("OWN-1", "mipp")}
    failure = result.failures[0]
    assert failure.observed == "ipv4.type_of_service 32"
    place = failure.frames[0]
    cited = result.frames[place.frame - 1]
    assert cited.octets[place.byte_range[0]] == 0x20


def test_a_rule_that_was_never_evaluated_proves_nothing():
    idle = mipvet.Scenario({"scenario": "own/idle", "title": "Nothing", "network": str(NETWORK),
                            "proves": ["OWN-1"], "script": [{"after": 1}]}, rules=[unmarked])
    result = mipvet.run(idle)
    assert (result.verdict, result.reason) == ("inconclusive", "OWN-1 was never evaluated")


def test_a_step_reads_what_was_seen_and_says_what_is_wrong():
    read = []

    def looks(stage):
        read.append(stage.frame("relayed")["lifetime"])
        assert read[0] == 1, "the lifetime is another"

    result = mipvet.run(scenario(looks))
    assert read[0] > 1
    assert result.verdict == "inconclusive" and "the lifetime is another" in result.reason


def test_a_mistake_in_python_is_raised_as_it_is():
    def breaks(stage):
        return 1 / 0

    with pytest.raises(ZeroDivisionError):
        mipvet.run(scenario(breaks))

    @mipvet.rule("OWN-2", "never")
    def wrong(frame):
        return 3

    with pytest.raises(TypeError, match="OWN-2"):
        mipvet.run(scenario(), rules=[wrong])


def test_a_stage_is_over_after_its_step():
    kept = []
    mipvet.run(scenario(kept.append))
    with pytest.raises(RuntimeError, match="over"):
        kept[0].command("mn", "renew")


def test_a_rule_may_remember():
    @mipvet.rule("OWN-3", "A request's Identification is not used twice", role="mobile-node",
                 message="registration-request", level="SHOULD")
    class Once:
        def __init__(self):
            self.seen = set()

        def __call__(self, frame):
            new = frame["identification"] not in self.seen
            self.seen.add(frame["identification"])
            return new or "used before"

    for _ in range(2):
        assert mipvet.run(scenario(), rules=[Once]).of("OWN-3")[0].verdict == "pass"


def test_a_whole_role_is_written_in_python():
    heard = []

    class Listens(mipvet.Role):
        def start(self):
            self.schedule(0.25, lambda: self.transmit(0, bytes.fromhex(
                "ffffffffffff" + self.ports[0].mac.replace(":", "") + "88b6") + bytes(46)))

        def receive(self, port, frame):
            heard.append(port)

    simulation = mipvet.Simulation(NETWORK, roles={"cn": Listens})
    (link,) = simulation.network.nodes["cn"].attachments
    simulation.send(link, bytes([255] * 12) + bytes.fromhex("88b6") + bytes(46))
    frames = simulation.run(5)
    assert any(one.sender == "cn" for one in frames) and heard == [0]
    with pytest.raises(mipvet.InputError):
        simulation.command("cn", "fly")


@pytest.mark.parametrize("make", [
    lambda: mipvet.rule("MIPP-2.2.2-04", "taken")(lambda frame: True),
    lambda: mipvet.rule("OWN-9", "x", level="OUGHT")(lambda frame: True),
    lambda: mipvet.rule("OWN-9", "x", role="proxy")(lambda frame: True),
    lambda: mipvet.rule("OWN-9", "x", message="registration")(lambda frame: True),
    lambda: mipvet.run(scenario(), roles={"nobody": Marks}),
    lambda: mipvet.run(scenario(), deviations={"mipp": ["MIPP-none"]})])
def test_names_that_there_are_not_are_told(make):
    with pytest.raises(mipvet.InputError):
        make()


def test_a_role_is_over_after_its_run():
    kept = []

    class Kept(mipvet.Role):
        def __init__(self, stand):
            super().__init__(stand)
            kept.append(self)

    mipvet.run(scenario(), roles={"mipp": Kept})
    for late in (lambda: kept[0].own.start(), lambda: kept[0].transmit(0, bytes(60)),
                 lambda: mipvet.Role(kept[0]._stand), lambda: kept[0].receive(0, bytes(60))):
        with pytest.raises(RuntimeError, match="over"):
            late()
