"""The keys in charon's logs open each IKE message and each ESP packet of the captures in pcaps/real."""

import subprocess
from pathlib import Path

import charon_keys
import pytest

REAL = Path(__file__).parents[2] / "pcaps" / "real"
LOGS = sorted(REAL.glob("*/*.charon.log"))


@pytest.mark.parametrize("log", LOGS, ids=lambda log: f"{log.parent.name}-{log.stem}")
def test_tshark_reads_everything_with_the_keys(log, tmp_path):
    ike, esp = charon_keys.keys_in(log.read_text())
    assert ike and esp
    charon_keys.write_tables(ike, esp, tmp_path)
    fields = ("isakmp.nextpayload", "isakmp.enc.decrypted", "esp.spi", "icmp.type")
    done = subprocess.run(
        ["tshark", "-r", log.parent / "outside.pcap", "-o", "esp.enable_encryption_decode:TRUE", "-T",
         "fields", "-E", "separator=;", *(word for field in fields for word in ("-e", field))],
        capture_output=True, text=True, check=True, env={"WIRESHARK_CONFIG_DIR": str(tmp_path),
                                                         "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
    counts = {"ike": 0, "esp": 0}
    for line in done.stdout.splitlines():
        payloads, decrypted, spi, icmp = line.split(";")
        if "46" in payloads.split(","):  # SK
            counts["ike"] += 1
            assert decrypted, line
        if spi:
            counts["esp"] += 1
            assert icmp, line
    assert counts["ike"] >= 6 and counts["esp"] >= 4, counts


@pytest.mark.parametrize("log", LOGS, ids=lambda log: f"{log.parent.name}-{log.stem}")
def test_the_key_log_has_a_line_for_each_sa(log):
    ike, esp = charon_keys.keys_in(log.read_text())
    lines = [line.split() for line in charon_keys.key_log(ike, esp).splitlines()[1:]]
    assert [line[0] for line in lines] == ["IKE_SA"] * len(ike) + ["CHILD_SA"] * len(esp)
    sizes = {"PRF_HMAC_SHA1": 20, "PRF_HMAC_SHA2_256": 32, "ENCR_AES_CBC_128": 16, "ENCR_AES_CBC_256": 32,
             "ENCR_AES_GCM_16_256": 36, "AUTH_HMAC_SHA1_96": 20, "AUTH_HMAC_SHA2_256_128": 32}
    for line in lines:
        fields = [0 if field == "-" else len(field) // 2 for field in line]
        cipher, integrity = (sizes.get(line[n], 0) for n in ((3, 4) if line[0] == "IKE_SA" else (4, 5)))
        if line[0] == "IKE_SA":
            prf = sizes[line[5]]
            assert fields[6:] == [prf, integrity, integrity, cipher, cipher, prf, prf]
        else:
            assert fields[6:] == [cipher, integrity]


def test_there_are_logs_of_each_kind():
    assert len(LOGS) >= 9
