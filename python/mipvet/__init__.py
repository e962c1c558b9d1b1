"""mipvet: conformance tests of Mobile IP across VPN gateways.

Messages: `message`, `dissect`, `udp_frame`, `edit`, `layouts`. Networks and scenarios: `Network`,
`Scenario`, `Iut`. Runs: `run`, `Simulation`. Captures: `check`, `judge`, `read_capture`. Own rules and
roles: `rule`, `Role`. What was found: `Result`, `Finding`. Archives of captures: `mipvet.distributed`.

Errors: `InputError` (a ValueError) for bad files, names and values, `CaptureError` (a ValueError) for
captures that are damaged, `DeviceError` (an OSError) and `ProcessError` for live runs; each with the one
line that the program prints.
"""

from ._engine import CannotDo, CaptureError, DeviceError, InputError, ProcessError, __version__
from .captures import Judging, check, judge, read_capture
from .findings import Evidence, Finding, Result
from .ladder import ladder
from .messages import (Field, Frame, Layer, Layout, Message, SeenFrame, dissect, edit, icmp_frame,
                       ip_frame, layouts, message, udp_frame)
from .networks import Iut, Network, Node, Scenario, lint, scenario_files
from .roles import Role
from .rules import Rule, requirement, rule
from .runs import run
from .simulation import Simulation

__all__ = [name for name in dir() if not name.startswith("_") and name not in (
    "captures", "findings", "messages", "networks", "roles", "rules", "runs", "simulation")]
__all__.append("__version__")
