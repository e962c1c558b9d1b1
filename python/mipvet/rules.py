"""Rules: requirements of the ledgers, and rules written in Python."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Union

from . import _engine
from .messages import SeenFrame

Outcome = Union[None, bool, str]


class Rule:
    """A rule written in Python. See `rule`."""

    def __init__(self, id: str, requirement: str, make: Callable[[], Callable[[SeenFrame], Outcome]],
                 *, level: str, role: str, message: str, evidence: str):
        def ready() -> Callable[[Any], Outcome]:
            judge = make()
            return lambda frame: judge(SeenFrame(frame))

        self._engine = _engine.OwnRule(id, requirement, level, role, message, evidence, ready)
        self._make = make
        self.id = id
        self.requirement = requirement

    def __call__(self, frame: Any) -> Outcome:
        """Judges one frame, with no memory of others."""
        return self._make()(frame)


def rule(id: str, requirement: str, *, level: str = "MUST", role: str = "", message: str = "",
         evidence: str = "") -> Callable[[Any], Rule]:
    """Makes a rule of a function of one frame, or of a class whose instances are such functions.

        @mipvet.rule("OWN-1", "The proxy relays requests with a TTL of 64", role="mip-proxy",
                     message="registration-request", evidence="ipv4.time_to_live")
        def ttl(frame):
            return frame["ipv4.time_to_live"] == 64

    It is given every frame that a node of `role` (of any, where empty) sent with `message` (any),
    except the tester's, and gives None where it has nothing to say, True where all is right, False
    or a text of what was seen instead. A class is made anew for every run: what it remembers is of
    that run. `level`: MUST and MUST NOT fail, SHOULD and SHOULD NOT warn. `evidence` is the field
    whose octets findings cite. Raises InputError for names that there are not.
    """

    def of(code: Any) -> Rule:
        make = code if isinstance(code, type) else lambda: code
        return Rule(id, requirement, make, level=level, role=role, message=message,
                    evidence=evidence)

    return of


@dataclass(frozen=True)
class Requirement:
    """A requirement of a ledger."""

    id: str
    document: str
    section: str
    level: str
    requirement: str
    violation: str


def requirement(id: str) -> Requirement:
    """By id. Raises InputError where no ledger has it."""
    return Requirement(**_engine.requirement(id))
