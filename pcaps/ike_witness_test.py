"""tshark as a witness of IKEv2, MOBIKE and ESP: same fields, same places, same values."""

import subprocess
import xml.etree.ElementTree

import pytest

import crafted_ike
from golden import decode
from tshark_witness_test import layer_at, number, octets

PREFIXES = ("isakmp.", "esp.", "udpencap.")

# What tshark calls octets that are one of these fields of ours.
TABLE = {
    "isakmp.ispi": {"initiator_spi"},
    "isakmp.rspi": {"responder_spi"},
    "isakmp.nextpayload": {"next_payload", "last"},
    "isakmp.mjver": {"major_version"},
    "isakmp.mnver": {"minor_version"},
    "isakmp.exchangetype": {"exchange_type"},
    "isakmp.flags": {"flags"},
    "isakmp.flag_i": {"initiator"},
    "isakmp.flag_v": {"version_flag"},
    "isakmp.flag_r": {"response"},
    "isakmp.messageid": {"message_id"},
    "isakmp.length": {"length"},
    "isakmp.criticalpayload": {"critical"},
    "isakmp.reserved7": {"reserved"},
    "isakmp.reserved": {"reserved", "reserved_2"},
    "isakmp.payloadlength": {"length"},
    "isakmp.prop.number": {"number"},
    "isakmp.prop.protoid": {"protocol_id"},
    "isakmp.spisize": {"spi_size"},
    "isakmp.prop.transforms": {"transforms"},
    "isakmp.spi": {"spi"},
    "isakmp.tf.type": {"transform_type"},
    "isakmp.tf.id.encr": {"transform_id"},
    "isakmp.tf.id.prf": {"transform_id"},
    "isakmp.tf.id.integ": {"transform_id"},
    "isakmp.tf.id.dh": {"transform_id"},
    "isakmp.tf.id.esn": {"transform_id"},
    "isakmp.ike2.attr.format": {"format"},
    "isakmp.ike2.attr.type": {"attribute_type"},
    "isakmp.ike2.attr.value": {"length_or_value"},
    "isakmp.ike2.attr.key_length": {"length_or_value"},
    "isakmp.key_exchange.dh_group": {"group"},
    "isakmp.key_exchange.data": {"data"},
    "isakmp.nonce": {"data"},
    "isakmp.id.type": {"id_type"},
    "isakmp.id.data": {"data"},
    "isakmp.id.data.fqdn": {"data"},
    "isakmp.id.data.ipv4_addr": {"data"},
    "isakmp.cert.encoding": {"encoding"},
    "isakmp.cert.x509.hash": {"data"},
    "isakmp.cert.x509.url": {"data"},
    "isakmp.certreq.type": {"encoding"},
    "isakmp.ike.certreq.authority": {"data"},
    "isakmp.auth.method": {"method"},
    "isakmp.auth.data": {"data"},
    "isakmp.notify.protoid": {"protocol_id"},
    "isakmp.notify.msgtype": {"notify_type"},
    "isakmp.notify.data": {"data", "hash", "address", "source_address", "destination_address",
                           "source_port", "destination_port", "payload_type",
                           "invalid_message_id", "invalid_spi", "packet", "window_size",
                           "cpi", "transform_id", "group"},
    "isakmp.notify.data.signature_hash_algorithms": {"data"},
    "isakmp.notify.data.accepted_dh_group": {"group"},
    "isakmp.notify.data.ipcomp.cpi": {"cpi"},
    "isakmp.notify.data.ipcomp.transform_id": {"transform_id"},
    "isakmp.delete.protoid": {"protocol_id"},
    "isakmp.spinum": {"count"},
    "isakmp.delete.spi": {"spis"},
    "isakmp.vid_bytes": {"data"},
    "isakmp.vid_string": {"data"},
    "isakmp.ts.number": {"count"},
    "isakmp.ts.type": {"ts_type"},
    "isakmp.ts.protoid": {"protocol"},
    "isakmp.ts.selector_length": {"length"},
    "isakmp.ts.start_port": {"start_port"},
    "isakmp.ts.end_port": {"end_port"},
    "isakmp.ts.start_ipv4": {"start_address"},
    "isakmp.ts.end_ipv4": {"end_address"},
    "isakmp.cfg.type": {"cfg_type"},
    "isakmp.cfg.attr.format": {"reserved"},
    "isakmp.cfg.attr.type": {"attribute_type"},
    "isakmp.cfg.attr.length": {"length"},
    "isakmp.cfg.attr.value": {"value"},
    "isakmp.cfg.attr.internal_ip4_address": {"value"},
    "isakmp.cfg.attr.internal_ip4_netmask": {"value"},
    "isakmp.cfg.attr.internal_ip4_dns": {"value"},
    "isakmp.cfg.attr.internal_ip4_subnet_ip": {"value"},
    "isakmp.cfg.attr.internal_ip4_subnet_netmask": {"value"},
    "isakmp.enc.iv": {"data"},
    "isakmp.enc.data": {"data"},
    "esp.spi": {"spi"},
    "esp.sequence": {"sequence_number"},
    "udpencap.non_esp_marker": {"marker"},
    "udpencap.nat_keepalive": {"octet"},
}
# What tshark gives whole layers and groups of fields.
GROUPS = {"isakmp.typepayload", "isakmp.version", "isakmp.ike2.attr", "isakmp.cfg.attr",
          "isakmp.ts.data"}
# tshark leaves these without a name: octets that need keys.
UNNAMED = {("esp", "payload")}


def tshark(capture):
    text = subprocess.run(["tshark", "-r", capture, "-T", "pdml"], check=True,
                          capture_output=True).stdout
    return list(xml.etree.ElementTree.fromstring(text))


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    """Name, our reading and tshark's of each frame."""
    capture = crafted_ike.write(tmp_path_factory.mktemp("ike") / "ike.pcap")
    names = [name for name, _ in crafted_ike.frames()]
    return list(zip(names, decode(capture), tshark(capture), strict=True))


def compare(where, layer, field):
    """Place and value of what tshark names; returns the names of our fields that it is."""
    first, size, value = int(field.get("pos")), int(field.get("size")), field.get("value")
    known = TABLE[field.get("name")]
    mine = {name: content for name, content in layer["fields"].items() if name in known}
    around = {name: content for name, content in mine.items()
              if content["byte_range"][0] < first + size and first < content["byte_range"][1]}
    assert around, f"{where}: we have none of {known} in {layer['name']}"
    if field.get("unmaskedvalue") is not None:  # of some bits
        assert [number(content["value"]) for content in around.values()] == [int(value, 16)], where
    elif known == {"attribute_type"}:  # behind a bit of its own
        assert number(around["attribute_type"]["value"]) == int(value, 16) & 0x7FFF, where
    elif value:
        begin = min(content["byte_range"][0] for content in around.values())
        text = "".join(octets(content) for content in around.values())
        assert text[2 * (first - begin):][:2 * size] == value, f"{where}: {text}"
    return around


def test_both_find_every_frame_whole(read):
    for name, ours, theirs in read:
        protocols = {proto.get("name") for proto in theirs.iter("proto")}
        assert "_ws.malformed" not in protocols, name
        assert ours["defects"] == [], name
        assert protocols & {"isakmp", "esp", "udpencap"}, name


def test_tshark_agrees_on_every_field(read):
    compared = 0
    seen_names = set()
    for name, ours, theirs in read:
        seen = set()
        for field in theirs.iter("field"):
            known = field.get("name")
            if not known.startswith(PREFIXES) or known in GROUPS or int(field.get("size")) == 0:
                continue
            assert known in TABLE, f"{name}: {known} of tshark is in no table"
            first, size = int(field.get("pos")), int(field.get("size"))
            layer = layer_at(ours, first, first + size)
            where = f"{name}: {known} (octets {first}-{first + size})"
            seen |= {(layer["byte_range"][0], mine) for mine in compare(where, layer, field)}
            seen_names.add(known)
            compared += 1
        for layer in ours["layers"][3 if len(ours["layers"]) > 3 else 2:]:
            for mine, content in layer["fields"].items():
                if content["value"] in (None, "") or (layer["name"], mine) in UNNAMED:
                    continue
                assert (layer["byte_range"][0], mine) in seen, \
                    f"{name}: tshark does not name {mine} of {layer['name']}"
    assert compared > 500
    assert seen_names == set(TABLE), set(TABLE) - seen_names


def test_the_names_of_notifications_are_those_of_tshark(read):
    """tshark writes MOBIKE_SUPPORTED, our layer is mobike-supported."""
    compared = 0
    for name, ours, theirs in read:
        for field in theirs.iter("field"):
            if field.get("name") != "isakmp.notify.msgtype":
                continue
            first = int(field.get("pos"))
            mine = layer_at(ours, first, first + 2)["name"].removesuffix("-ip6")
            shown = field.get("showname").split(": ")[1].split(" (")[0]
            if mine == "notify":
                assert "Private" in shown or "PRIVATE" in shown, f"{name}: {shown}"
            else:
                assert mine.upper().replace("-", "_") == shown.upper(), f"{name}: {shown}"
            compared += 1
    assert compared > 40
