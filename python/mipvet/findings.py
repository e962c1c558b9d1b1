"""What runs and captures come to."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Optional, Sequence

from .messages import SeenFrame


@dataclass(frozen=True)
class Evidence:
    """The octets of one frame that a finding rests on."""

    frame: int  #: its number in the capture, from 1
    link: str
    byte_range: tuple[int, int]  #: [first, end), from the start of the frame


@dataclass(frozen=True)
class Finding:
    """What a rule came to for one node."""

    requirement: str  #: "MIPP-2.2.1-13"
    level: str  #: "MUST NOT"
    role: str
    node: str
    verdict: str  #: "pass", "fail", "warn", "inconclusive" or "not-applicable"
    evaluated: int  #: how often the rule had something to say
    frames: tuple[Evidence, ...]
    expected: str
    observed: str
    known: str = ""  #: why it is known to be broken (`expect`); empty: it is not

    @property
    def broken(self) -> bool:
        """A MUST (fail) or a SHOULD (warn) was broken."""
        return self.verdict in ("fail", "warn")

    def __str__(self) -> str:
        where = "".join(f" (frame {one.frame} on {one.link})" for one in self.frames[:1])
        return (f"{self.node} {self.verdict} {self.requirement}{where}: expected {self.expected}; "
                f"observed {self.observed}")


@dataclass(frozen=True)
class Result:
    """What a scenario or capture came to."""

    id: str
    title: str
    verdict: str  #: "pass", "fail", "inconclusive", "not-applicable" or "error" (the tool's fault)
    reason: str  #: why not pass, in one line
    mode: str  #: "sim", "live" or "capture"
    duration: float  #: seconds of the network's time
    seed: int
    frame_count: int
    capture: Optional[str]  #: path, where one was left
    findings: tuple[Finding, ...]
    frames: Sequence[SeenFrame] = field(default=(), repr=False)  #: where they were kept

    @property
    def passed(self) -> bool:
        return self.verdict == "pass"

    @property
    def failures(self) -> tuple[Finding, ...]:
        """The broken MUSTs."""
        return tuple(one for one in self.findings if one.verdict == "fail")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The broken SHOULDs."""
        return tuple(one for one in self.findings if one.verdict == "warn")

    def of(self, requirement: str) -> tuple[Finding, ...]:
        """The findings of one requirement, by node."""
        return tuple(one for one in self.findings if one.requirement == requirement)


def finding_of(one: dict[str, Any]) -> Finding:
    return Finding(one["requirement"], one["level"], one["role"], one["node"], one["verdict"],
                   one["evaluated"],
                   tuple(Evidence(place["capture_frame"], place["link"], tuple(place["byte_range"]))
                         for place in one["frames"]),
                   one["expected"], one["observed"], one.get("known", ""))


def results_of(report: str) -> tuple[Result, ...]:
    """Of all scenarios of a JSON report."""
    return tuple(_result(one) for one in json.loads(report)["scenarios"])


def result_of(report: str, frames: Sequence[Any] = ()) -> Result:
    """Of the JSON report of a single scenario."""
    return _result(json.loads(report)["scenarios"][0], frames)


def _result(one: dict[str, Any], frames: Sequence[Any] = ()) -> Result:
    return Result(one["id"], one["title"], one["verdict"], one["reason"], one["mode"],
                  one["duration_s"], one["seed"], one["frames"], one["capture"],
                  tuple(finding_of(finding) for finding in one["findings"]),
                  tuple(SeenFrame(frame) for frame in frames))
