"""What tcpdump saw outside the gateway, as tshark reads it with the keys from charon's log."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import charon_keys

FIELDS = ("isakmp.exchangetype", "isakmp.flag_r", "isakmp.notify.msgtype", "isakmp.typepayload", "esp.spi",
          "icmp.type")
CREATE_CHILD_SA, INFORMATIONAL = "36", "37"
UPDATE_SA_ADDRESSES, REKEY_SA, DELETE = "16400", "16393", "42"


class Capture:
    """tcpdump on the gateway's outside; a context that has begun to capture."""

    def __init__(self, lab, file):
        self.file = file
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", lab.name("nat"), "tcpdump", "-U", "--immediate-mode", "-i", "out0",
             "-w", file, "udp", "or", "esp"], stderr=subprocess.PIPE, text=True)
        assert "listening" in self.process.stderr.readline()

    def end(self):
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=60)
        assert self.process.returncode == 0

    def read(self, log, directory):
        """Per packet, the fields as tshark has them with the keys from the log."""
        directory.mkdir(exist_ok=True)
        charon_keys.write_tables(*charon_keys.keys_in(log.read_text(errors="replace")), directory)
        done = subprocess.run(
            ["tshark", "-r", self.file, "-o", "esp.enable_encryption_decode:TRUE", "-o",
             "esp.enable_authentication_check:TRUE", "-T", "fields", "-E", "separator=;",
             *(word for field in (*FIELDS, "esp.icv_good") for word in ("-e", field))],
            capture_output=True, text=True, check=True, env={**os.environ,
                                                             "WIRESHARK_CONFIG_DIR": str(directory)})
        return [dict(zip((*FIELDS, "icv"), line.split(";"))) for line in done.stdout.splitlines()]


def exchanges(packets, exchange, notification):
    return [p for p in packets if p["isakmp.exchangetype"] == exchange and
            notification in p["isakmp.notify.msgtype"].split(",")]


def updates(packets):
    """UPDATE_SA_ADDRESSES, requests and responses."""
    return exchanges(packets, INFORMATIONAL, UPDATE_SA_ADDRESSES)


def rekeys(packets):
    return exchanges(packets, CREATE_CHILD_SA, REKEY_SA)


def deletes(packets):
    return [p for p in packets if p["isakmp.exchangetype"] == INFORMATIONAL and
            DELETE in p["isakmp.typepayload"].split(",")]


def esp(packets):
    return [p for p in packets if p["esp.spi"]]


def keep(directory, name):
    """With MIPVET_KEEP=DIR the capture and charon's logs stay there: pcaps/real is made so."""
    if where := os.environ.get("MIPVET_KEEP"):
        (to := Path(where) / name).mkdir(parents=True, exist_ok=True)
        for file in [directory / "outside.pcap", *directory.glob("*.charon.log")]:
            shutil.copy(file, to)
