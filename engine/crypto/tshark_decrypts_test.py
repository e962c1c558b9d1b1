"""tshark decrypts what the crypto sealed, with the tables that come from its key log, and finds the
integrity check values right; with an altered key it finds them wrong. So it does with packets of
strongSwan and the tables that come from its log."""

import os
import pathlib
import subprocess

import pytest
import scapy.utils
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether
from scapy.packet import Raw

SAMPLE = os.environ["MIPVET_TSHARK_SAMPLE"]
SUITES = 14  # 2 PRFs with 6 ciphers and integrity algorithms; 2 more groups

FIELDS = ["isakmp.ispi", "isakmp.notify.msgtype", "isakmp.enc.icd", "esp.spi", "esp.icv_good", "icmp.type",
          "_ws.expert.message"]


@pytest.fixture(scope="module", name="sample")
def sample_of(tmp_path_factory):
    """The configuration directory with the tables, and the capture."""
    home = tmp_path_factory.mktemp("home")
    tables = home / ".config" / "wireshark"
    tables.mkdir(parents=True)
    packets = subprocess.run([SAMPLE, tables], check=True, capture_output=True, text=True).stdout
    frames = []
    for line in packets.splitlines():
        kind, source, destination, payload = line.split()
        frame = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
        frame /= IP(src=source, dst=destination, proto=17 if kind == "ike" else 50)
        if kind == "ike":
            frame /= UDP(sport=500, dport=500)
        frames.append(frame / Raw(bytes.fromhex(payload)))
    assert len(frames) == 4 * SUITES
    capture = home / "sample.pcap"
    scapy.utils.wrpcap(str(capture), frames)
    return home, tables, capture


def dissect(home: pathlib.Path, capture: pathlib.Path):
    command = ["tshark", "-r", capture, "-o", "esp.enable_encryption_decode:TRUE", "-o",
               "esp.enable_authentication_check:TRUE", "-T", "fields", "-E", "separator=|"]
    for field in FIELDS:
        command += ["-e", field]
    environment = {**os.environ, "HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config")}
    run = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    rows = [dict(zip(FIELDS, line.split("|"))) for line in run.stdout.splitlines()]
    return [row for row in rows if row["isakmp.ispi"]], [row for row in rows if row["esp.spi"]]


def test_all_is_decrypted_and_authentic(sample):
    home, _, capture = sample
    ike, esp = dissect(home, capture)
    assert len(ike) == len(esp) == 2 * SUITES
    for row in ike:
        assert row["isakmp.notify.msgtype"] == "16396", row
        assert row["_ws.expert.message"] == "", row
    for row in esp:
        assert row["esp.icv_good"] in ("1", "True"), row
        assert row["icmp.type"] == "8", row


def alter(table: pathlib.Path, column: int):
    """Another last digit of the keys of a column."""
    lines = []
    for line in table.read_text().splitlines():
        cells = line.split(",")
        digits = cells[column].rstrip('"')
        if len(digits) > 8:
            digits = digits[:-1] + ("0" if digits[-1] != "0" else "1")
            cells[column] = digits + '"' * cells[column].endswith('"')
        lines.append(",".join(cells))
    table.write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize("column", ["integrity", "encryption"])
def test_other_keys_do_not_do(sample, tmp_path, column):
    _, tables, capture = sample
    altered = tmp_path / ".config" / "wireshark"
    altered.mkdir(parents=True)
    for name in ("ikev2_decryption_table", "esp_sa"):
        (altered / name).write_text((tables / name).read_text())
    for place in {"integrity": (5, 6), "encryption": (2, 3)}[column]:
        alter(altered / "ikev2_decryption_table", place)
    alter(altered / "esp_sa", {"integrity": 7, "encryption": 5}[column])
    ike, esp = dissect(tmp_path, capture)
    # AEAD has no integrity key; without AEAD the integrity does not know of the other key.
    aead = 2 * 4
    wrong = aead if column == "encryption" else 2 * SUITES - aead
    assert sum("Checksum" in row["_ws.expert.message"] for row in ike) == wrong
    assert sum(row["esp.icv_good"] not in ("1", "True") for row in esp) == wrong


@pytest.mark.parametrize("log", ["charon-cbc-gateway", "charon-cbc-client", "charon-gcm-gateway"])
def test_charon_log_opens_all_packets_of_charon(tmp_path, log):
    tables = tmp_path / ".config" / "wireshark"
    tables.mkdir(parents=True)
    logs = pathlib.Path(__file__).parent / "test_logs"
    subprocess.run([SAMPLE, tables, logs / f"{log}.log"], check=True)
    ike, esp = dissect(tmp_path, logs / f"{log.rpartition('-')[0]}.pcap")
    sealed = [row for row in ike if row["isakmp.enc.icd"]]
    assert len(ike) - len(sealed) == 2  # IKE_SA_INIT
    assert len(sealed) > 20
    for row in sealed:
        assert "Checksum" not in row["_ws.expert.message"], row
    assert any("16396" in row["isakmp.notify.msgtype"] for row in sealed)  # MOBIKE_SUPPORTED
    assert any("16400" in row["isakmp.notify.msgtype"] for row in sealed)  # UPDATE_SA_ADDRESSES
    assert len(esp) >= 8
    for row in esp:
        assert row["esp.icv_good"] in ("1", "True"), row
        assert row["icmp.type"] in ("0", "8"), row
