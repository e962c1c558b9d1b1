"""Messages and frames: built and dissected by field name, from the tables that mipvet itself uses.

Values of fields, by the kind that `layouts()` names: `number` int, `flag` bool, `ipv4` and `mac` text
("192.0.2.1", "02:00:00:00:00:01"), `octets` bytes, `text` str. Where a value is given, text in the form
that reports use does as well. What is given is what is sent: a wrong type, length or checksum stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterator, Mapping, Optional, Union

from . import _engine

Value = Union[int, bool, str, bytes]


@dataclass(frozen=True)
class Field:
    """A field of a message: bits count from the most significant of the first octet."""

    name: str
    kind: str
    bit_offset: int
    bit_width: int  #: 0: up to the end of the message


@dataclass(frozen=True)
class Layout:
    """The table of a message, extension or header."""

    name: str
    group: str  #: "message", "header", "registration extension", ...
    minimum: int  #: octets that every well-formed one has
    source: str  #: where it is defined: "RFC 3344 §3.3"
    fields: tuple[Field, ...]


def layouts() -> dict[str, Layout]:
    """All tables by name: what `message`, `Message.add` and paths of fields take."""
    return {one["name"]: Layout(one["name"], one["group"], one["minimum"], one["source"],
                                tuple(Field(*field) for field in one["fields"]))
            for one in _engine.layouts()}


class Message:
    """A message by the fields of its table, with what was put behind it.

    >>> request = message("registration-request", lifetime=300, home_address="198.51.100.5")
    >>> request.lifetime, len(bytes(request))
    (300, 24)

    Fields are attributes; an unknown one is an AttributeError, a value that it does not take an
    InputError that says what would be right. `bytes(message)` are the octets.
    """

    __slots__ = ("_name", "_octets", "_rest")

    def __init__(self, name: str, fields: Mapping[str, Value]):
        object.__setattr__(self, "_name", name)
        object.__setattr__(self, "_octets", _engine.make(name, dict(fields)))
        object.__setattr__(self, "_rest", b"")

    @property
    def name(self) -> str:
        """The name of its table."""
        return self._name

    def __getattr__(self, field: str) -> Any:
        try:
            return _engine.get_field(self._name, self._octets, field)
        except _engine.InputError as error:
            raise AttributeError(str(error)) from None

    def __setattr__(self, field: str, value: Value) -> None:
        object.__setattr__(self, "_octets",
                           _engine.set_field(self._name, self._octets, field, value))

    def add(self, name: str, octets: bytes = b"", **fields: Value) -> "Message":
        """Appends an extension; `octets` follow its fields as its own. Its length is filled in unless
        it is given. Returns the message, so that calls can be chained."""
        object.__setattr__(self, "_rest",
                           self._rest + _engine.make_extension(name, fields, octets))
        return self

    def sign(self, name: str, spi: int, key: bytes, algorithm: str = "hmac-md5") -> "Message":
        """Appends an authentication extension with the right authenticator (RFC 3344 §3.5.1).

        name: "mobile-home-authentication", "mobile-foreign-authentication" or
        "foreign-home-authentication". algorithm: "hmac-md5", "hmac-sha1" or "keyed-md5".
        """
        size = {"hmac-sha1": 20}.get(algorithm, 16)
        whole = _engine.make_extension(name, {"spi": spi}, bytes(size))
        head = whole[:len(whole) - size]
        covered = bytes(self) + head
        return self.append(head + _engine.authenticator(algorithm, key, covered))

    def append(self, octets: bytes) -> "Message":
        """Appends octets as they are."""
        object.__setattr__(self, "_rest", self._rest + octets)
        return self

    def __bytes__(self) -> bytes:
        return self._octets + self._rest

    def __len__(self) -> int:
        return len(self._octets) + len(self._rest)

    def __eq__(self, other: object) -> bool:
        return bytes(other) == bytes(self) if isinstance(other, (Message, bytes)) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<{self._name}, {len(self)} octets: {bytes(self).hex()}>"


def message(name: str, /, **fields: Value) -> Message:
    """A message of its minimum size, all zero but for its type and the fields given.

    Raises InputError for a name or field that no table has and a value that a field does not take.
    """
    return Message(name, fields)


@dataclass(frozen=True)
class Layer:
    """A header, message or extension inside a frame. Octets count from the start of the frame, ranges
    are [first, end)."""

    name: str
    byte_range: tuple[int, int]
    is_extension: bool
    is_quote: bool  #: of the datagram that an ICMP error quotes
    defects: tuple[str, ...]
    fields: dict[str, Any]  #: None: the frame ends before the field does
    ranges: dict[str, tuple[int, int]]

    def __getitem__(self, field: str) -> Any:
        return self.fields[field]


class Frame:
    """An Ethernet frame taken apart. `frame["lifetime"]` is a field of its message,
    `frame["ipv4.time_to_live"]` one of a header, `frame["mobile-home-authentication.spi"]` one of an
    extension; None where the frame has no such layer."""

    def __init__(self, dissected: Any):
        self._dissected = dissected

    @property
    def message(self) -> str:
        """What the frame is about: the innermost layer that is neither extension nor quote."""
        return self._dissected.message

    @property
    def octets(self) -> bytes:
        return self._dissected.octets

    @property
    def defects(self) -> list[str]:
        """What is wrong with it as it stands: "truncated", "bad checksum", ..."""
        return self._dissected.defects

    @property
    def layers(self) -> list[Layer]:
        """Outermost first."""
        return [Layer(one["name"], one["byte_range"], one["is_extension"], one["is_quote"],
                      tuple(one["defects"]), one["fields"], one["ranges"])
                for one in self._dissected.layers]

    def layer(self, name: str) -> Optional[Layer]:
        """The outermost layer of that name, None where there is none."""
        return next((one for one in self.layers if one.name == name), None)

    def __getitem__(self, path: str) -> Any:
        return self._dissected.field(path)

    def __contains__(self, layer: str) -> bool:
        return self.layer(layer) is not None

    def __iter__(self) -> Iterator[Layer]:
        return iter(self.layers)

    def dissection(self) -> str:
        """All layers and fields, a line each."""
        return self._dissected.dissection()

    def __bytes__(self) -> bytes:
        return self.octets

    def __str__(self) -> str:
        return self._dissected.one_line()

    def __repr__(self) -> str:
        return f"<{self}>"


class SeenFrame(Frame):
    """A frame that was seen on a link of a network."""

    @property
    def number(self) -> int:
        """Its place in the run's capture, from 1: what findings cite."""
        return self._dissected.number

    @property
    def time(self) -> float:
        """Seconds since 1970-01-01T00:00:00Z."""
        return self._dissected.time_ns / 1e9

    @property
    def time_ns(self) -> int:
        """Nanoseconds since 1970-01-01T00:00:00Z."""
        return self._dissected.time_ns

    @property
    def link(self) -> str:
        return self._dissected.link

    @property
    def sender(self) -> Optional[str]:
        """The node that put it on the link, by its MAC address; None: nobody declared (the tester)."""
        return self._dissected.sender

    @property
    def receiver(self) -> Optional[str]:
        """The node that is to take it from the link; None: nobody declared, or all."""
        return self._dissected.receiver


def dissect(frame: bytes) -> Frame:
    """Takes an Ethernet frame apart. Any octets are taken; what is wrong is in `defects`."""
    return Frame(_engine.Dissected(bytes(frame)))


def udp_frame(payload: Union[bytes, Message], *, source: str, destination: str,
              source_mac: str = "02:00:00:00:ff:ff", destination_mac: str = "ff:ff:ff:ff:ff:ff",
              source_port: int = 434, destination_port: int = 434, ttl: int = 64) -> bytes:
    """An Ethernet frame with a UDP datagram, lengths and checksums right. The source MAC address is
    the tester's, whom no rule judges; the ports are those of Mobile IP (RFC 3344 §3.1)."""
    datagram = _engine.udp_datagram(source, destination, ttl, source_port, destination_port,
                                    bytes(payload))
    return _engine.ethernet_frame(source_mac, destination_mac, 0x0800, datagram)


def icmp_frame(payload: Union[bytes, Message], *, source: str, destination: str,
               source_mac: str = "02:00:00:00:ff:ff", destination_mac: str = "ff:ff:ff:ff:ff:ff",
               ttl: int = 64) -> bytes:
    """An Ethernet frame with an ICMP message, lengths and checksums right."""
    datagram = _engine.icmp_datagram(source, destination, ttl, bytes(payload))
    return _engine.ethernet_frame(source_mac, destination_mac, 0x0800, datagram)


def ip_frame(payload: Union[bytes, Message], *, protocol: int, source: str, destination: str,
             source_mac: str = "02:00:00:00:ff:ff", destination_mac: str = "ff:ff:ff:ff:ff:ff",
             ttl: int = 64) -> bytes:
    """An Ethernet frame with an IPv4 datagram of any protocol."""
    datagram = _engine.ip_datagram(source, destination, ttl, protocol, bytes(payload))
    return _engine.ethernet_frame(source_mac, destination_mac, 0x0800, datagram)


def edit(frame: bytes, *, checksums: bool = True) -> "Editing":
    """Changes fields of a frame: `edit(frame).set("ipv4.time_to_live", 1).frame()`. `checksums`: those
    of IPv4, UDP and ICMP follow."""
    return Editing(bytes(frame), checksums)


class Editing:
    """A frame whose fields are being changed; its size stays."""

    def __init__(self, octets: bytes, checksums: bool):
        self._octets = octets
        self._checksums = checksums

    def set(self, path: str, value: Value) -> "Editing":
        """path: as in `Frame[...]`. Raises InputError where the frame has no such field."""
        self._octets = _engine.set_in_frame(self._octets, path, value)
        return self

    def frame(self) -> bytes:
        return _engine.refresh_checksums(self._octets) if self._checksums else self._octets
