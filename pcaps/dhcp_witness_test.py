"""tshark as a witness of DHCP: same fields, same places, same values."""

import subprocess
import xml.etree.ElementTree

import pytest

import crafted_dhcp
from golden import decode
from tshark_witness_test import layer_at, octets

# What tshark calls octets that are one of these fields of ours.
TABLE = {
    "dhcp.type": {"op"},
    "dhcp.hw.type": {"htype", "id_type"},
    "dhcp.hw.len": {"hlen"},
    "dhcp.hops": {"hops"},
    "dhcp.id": {"xid"},
    "dhcp.secs": {"secs"},
    "dhcp.flags": {"flags"},
    "dhcp.ip.client": {"ciaddr"},
    "dhcp.ip.your": {"yiaddr"},
    "dhcp.ip.server": {"siaddr"},
    "dhcp.ip.relay": {"giaddr"},
    "dhcp.hw.mac_addr": {"chaddr", "id"},
    "dhcp.hw.addr_padding": {"chaddr_padding"},
    "dhcp.server": {"sname"},
    "dhcp.file": {"file"},
    "dhcp.cookie": {"magic_cookie"},
    "dhcp.option.length": {"length"},
    "dhcp.option.dhcp": {"message_type"},
    "dhcp.option.subnet_mask": {"mask"},
    "dhcp.option.router": {"address"},
    "dhcp.option.domain_name_server": {"address", "more"},
    "dhcp.option.requested_ip_address": {"address"},
    "dhcp.option.ip_address_lease_time": {"seconds"},
    "dhcp.option.renewal_time_value": {"seconds"},
    "dhcp.option.rebinding_time_value": {"seconds"},
    "dhcp.option.dhcp_server_id": {"address"},
    "dhcp.option.request_list_item": {"codes"},
    "dhcp.option.message": {"text"},
    "dhcp.option.hostname": {"text"},
    "dhcp.option.dhcp_max_message_size": {"octets"},
    "dhcp.option.padding": {"padding", "rest"},
}
# tshark's for groups of octets, and for a value whose name is another's.
GROUPS = {"dhcp.option.type", "dhcp.option.value", "dhcp.option.end", "dhcp.flags.bc",
          "dhcp.flags.reserved"}


def tshark(capture):
    text = subprocess.run(["tshark", "-r", capture, "-T", "pdml"], check=True,
                          capture_output=True).stdout
    return list(xml.etree.ElementTree.fromstring(text))


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    """Name, our reading and tshark's of each frame."""
    capture = crafted_dhcp.write(tmp_path_factory.mktemp("dhcp") / "dhcp.pcap")
    names = [name for name, _ in crafted_dhcp.frames()]
    return list(zip(names, decode(capture), tshark(capture), strict=True))


def test_both_find_every_frame_whole(read):
    for name, ours, theirs in read:
        assert "_ws.malformed" not in {proto.get("name") for proto in theirs.iter("proto")}, name
        assert ours["defects"] == [], name


def test_both_tell_the_same_message_types(read):
    for name, ours, theirs in read:
        shown = next(field.get("showname") for field in theirs.iter("field")
                     if field.get("name") == "dhcp.option.dhcp")
        kind = shown.split(": ")[1].split(" ")[0].lower()
        assert f"dhcp-{kind}" in {layer["name"] for layer in ours["layers"]}, name


def test_tshark_agrees_on_every_field(read):
    compared = 0
    seen_names = set()
    for name, ours, theirs in read:
        for field in theirs.iter("field"):
            known = field.get("name")
            if not known.startswith("dhcp.") or known in GROUPS or int(field.get("size")) == 0:
                continue
            assert known in TABLE, f"{name}: {known} of tshark is in no table"
            first, size = int(field.get("pos")), int(field.get("size"))
            layer = layer_at(ours, first, first + size)
            where = f"{name}: {known} (octets {first}-{first + size}) in our {layer['name']}"
            around = [content for mine, content in layer["fields"].items() if mine in TABLE[known]
                      and content["byte_range"][0] < first + size
                      and first < content["byte_range"][1]]
            assert around, f"{where}: we have none of {TABLE[known]}"
            begin = min(content["byte_range"][0] for content in around)
            text = "".join(octets(content) for content in around)
            if known in ("dhcp.option.message", "dhcp.option.hostname"):
                text = around[0]["value"].encode().hex()
            assert text.replace(":", "")[2 * (first - begin):][:2 * size] == field.get("value"), \
                f"{where}: {text}"
            seen_names.add(known)
            compared += 1
    assert compared > 200
    assert seen_names == set(TABLE), set(TABLE) - seen_names
