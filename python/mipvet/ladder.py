"""A run as a ladder in text: nodes as columns, frames as arrows."""

from __future__ import annotations

from typing import Iterable, Sequence

from .findings import Finding
from .messages import SeenFrame

_WIDTH = 16


def ladder(frames: Sequence[SeenFrame], findings: Iterable[Finding] = (), *,
           nodes: Sequence[str] = (), limit: int = 200) -> str:
    """The frames as lines: time in seconds from the first, link, an arrow from the sender's column to
    the receiver's (`>*` where it is for all), and `!!` with the requirements that a frame breaks.

    Markers of begin and end and frames of ARP are left out, as are frames past `limit` that break
    nothing. nodes: the columns and their order; default: in the order in which they speak.
    """
    broken: dict[int, list[str]] = {}
    for finding in findings:
        if finding.broken:
            for place in finding.frames:
                broken.setdefault(place.frame, []).append(f"{finding.node} {finding.requirement}")
    shown = [one for one in frames
             if one.number in broken or one.message not in ("marker", "arp")]
    columns = list(nodes)
    for one in shown:
        for node in (one.sender, one.receiver):
            if node and node not in columns:
                columns.append(node)
    if not shown:
        return "no frames"
    begin = frames[0].time_ns
    lines = [" " * 22 + "".join(f"{name[:_WIDTH - 1]:^{_WIDTH}}" for name in columns).rstrip()]
    left_out = 0
    for count, one in enumerate(shown):
        if count >= limit and one.number not in broken:
            left_out += 1
            continue
        line = f"{(one.time_ns - begin) / 1e9:10.4f} {one.link[:10]:<10} {_arrow(one, columns)}"
        if one.number in broken:
            line += "  !! " + ", ".join(broken[one.number])
        lines.append(line.rstrip())
    if left_out:
        lines.append(f"... and {left_out} frames that break nothing")
    return "\n".join(lines)


def _arrow(frame: SeenFrame, columns: Sequence[str]) -> str:
    def middle(name: str) -> int:
        return columns.index(name) * _WIDTH + _WIDTH // 2

    text = [" "] * (_WIDTH * len(columns))
    for name in columns:
        text[middle(name)] = "|"
    if frame.sender is None:
        return "".join(text) + f"  tester: {frame.message} -> {frame.receiver or 'all'}"
    start = middle(frame.sender)
    if frame.receiver is None or frame.receiver == frame.sender:
        text[start] = "o"
        return "".join(text) + f"  {frame.sender}: {frame.message} >*"
    end = middle(frame.receiver)
    first, last = min(start, end), max(start, end)
    text[first:last + 1] = "-" * (last - first + 1)
    text[end] = ">" if end > start else "<"
    label = frame.message[:last - first - 3]
    at = first + (last - first + 1 - len(label)) // 2
    text[at:at + len(label)] = label
    whole = "" if label == frame.message else f"  {frame.message}"
    return "".join(text) + whole
