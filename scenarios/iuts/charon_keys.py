#!/usr/bin/python3 -B
"""Reads the keys out of charon's log (ike = 4, chd = 4, mgr = 2), for mipvet and for tshark.

    charon_keys.py LOG              prints a key log (engine/crypto/key_log.h)
    charon_keys.py LOG DIRECTORY    writes ikev2_decryption_table and esp_sa there

A line is `TIME THREAD[GROUP] TEXT`; lines of several threads mix. Secrets are `NAME => N bytes @ PTR`
followed by lines of at most 16 octets, `  OFFSET: HEX  ASCII`.

- IKE_SA: the manager (MGR) names the SPIs that a thread is at work on, between `checkout` and `checkin`.
  `Sk_ei secret` and so on belong to these, or, where they have keys already, to the IKE_SA that takes
  over: it is named soon after. A responder may derive them in another thread than it chose the proposal
  in. With AES-GCM there is no Sk_a, and the last 4 octets of Sk_e are the salt.
- CHILD_SA: `encryption initiator key` belongs to whom initiated the exchange: we did where the message
  that this thread parsed last is a response. `established with SPIs IN_i OUT_o`: _i is inbound.
"""

import argparse
import re
import sys
from collections import defaultdict, namedtuple
from pathlib import Path

SECRETS = ("d", "ai", "ar", "ei", "er", "pi", "pr")
IkeSa = namedtuple("IkeSa", ("spi_i", "spi_r", "encryption", "integrity", "prf", *SECRETS))
EspSa = namedtuple("EspSa", "spi encryption key integrity integrity_key")

LINE = re.compile(r"^.{15} (\d+)\[(\w+)\] (.*)$")
BEGIN = re.compile(r"^(.*?) => (\d+) bytes @ 0x")
OCTETS = re.compile(r"^ *\d+: ((?:[0-9A-F]{2} ){1,16})")
IKE_PROPOSAL = re.compile(r"selected proposal: IKE:(\w+?)(?:_(\d+))?/(?:(HMAC_\w+|AES_\w+)/)?PRF_(\w+)")
USING = re.compile(r"^ *using (\w+) for (encryption|integrity)")
ESTABLISHED = re.compile(r"CHILD_SA \S+ established with SPIs (\w+)_i (\w+)_o")
NAMED = re.compile(r"^check(?:in|out) IKEv2 SA.* with SPIs ([0-9a-f]{16})_i ([0-9a-f]{16})_r")
MESSAGE = re.compile(r"^parsed \w+ (request|response)")


def dumps(log):
    """Each line as (thread, text, octets): octets where it is a dump, else None."""
    open_dumps = {}
    for line in log.splitlines():
        match = LINE.match(line)
        if not match:
            continue
        thread, _, text = match.groups()
        if thread in open_dumps and (octets := OCTETS.match(text + "  ")):
            name, size, so_far = open_dumps[thread]
            so_far += bytes.fromhex(octets[1])[:size - len(so_far)]
            if len(so_far) >= size:
                del open_dumps[thread]
                yield thread, name, so_far
            else:
                open_dumps[thread] = name, size, so_far
            continue
        open_dumps.pop(thread, None)
        if begin := BEGIN.match(text):
            open_dumps[thread] = begin[1], int(begin[2]), b""
        else:
            yield thread, text, None


def keys_in(log):
    """[IkeSa, ...], [EspSa, ...] in the order of the log."""
    ike, esp = {}, []
    threads = defaultdict(dict)
    proposals = {}  # by SPIs
    successors = []  # of IKE_SAs: their SPIs are still to be named
    for thread, text, octets in dumps(log):
        state = threads[thread]
        if octets is not None:
            state[text] = octets
            if text == "Sk_pr secret":
                keys = {name: state.pop(f"Sk_{name} secret", b"") for name in SECRETS}
                spis = state.get("spis")
                if spis in ike and ike[spis].ei == keys["ei"]:
                    continue  # both ends are in this log
                if spis is None or spis in ike:
                    successors.append((state["ike"], keys))
                else:
                    ike[spis] = ike_sa(spis, state.get("ike") or proposals[spis], keys)
        elif proposal := IKE_PROPOSAL.search(text):
            state["ike"] = proposal.groups()
        elif named := NAMED.search(text):
            spis = bytes.fromhex(named[1]), bytes.fromhex(named[2])
            if not any(spis[1]):
                continue
            if successors and spis not in ike:
                ike[spis] = ike_sa(spis, *successors.pop(0))
            if text.startswith("checkout"):
                state["spis"] = spis
            elif "ike" in state:
                proposals[spis] = state.pop("ike")
        elif message := MESSAGE.match(text):
            state["initiator"] = message[1] == "response"
        elif using := USING.match(text):
            state[using[2]] = using[1]
        elif (spis := ESTABLISHED.search(text)) and "encryption initiator key" in state:
            esp += esp_sas(state, spis[1], spis[2])
    return list(ike.values()), esp


def ike_sa(spis, proposal, keys):
    encryption, bits, integrity, prf = proposal
    return IkeSa(*spis, f"{encryption}_{bits or 8 * len(keys['ei'])}", integrity or "NONE", prf, **keys)


def esp_sas(state, inbound, outbound):
    def taken(kind, side):
        return state.pop(f"{kind} {side} key", b"")
    keys = {side: (taken("encryption", side), taken("integrity", side))
            for side in ("initiator", "responder")}
    own, other = ("initiator", "responder") if state["initiator"] else ("responder", "initiator")
    integrity = state.pop("integrity", "NONE")
    encryption = state.pop("encryption")
    for spi, side in ((inbound, other), (outbound, own)):
        yield EspSa(int(spi, 16), encryption, keys[side][0], integrity, keys[side][1])


IKE_ENCRYPTION = {"AES_CBC_128": "AES-CBC-128 [RFC3602]", "AES_CBC_256": "AES-CBC-256 [RFC3602]",
                  "AES_GCM_16_128": "AES-GCM-128 with 16 octet ICV [RFC5282]",
                  "AES_GCM_16_256": "AES-GCM-256 with 16 octet ICV [RFC5282]"}
IKE_INTEGRITY = {"HMAC_SHA1_96": "HMAC_SHA1_96 [RFC2404]",
                 "HMAC_SHA2_256_128": "HMAC_SHA2_256_128 [RFC4868]", "NONE": "NONE [RFC4306]"}
ESP_ENCRYPTION = {"AES_CBC": "AES-CBC [RFC3602]", "AES_GCM_16": "AES-GCM with 16 octet ICV [RFC4106]"}
ESP_INTEGRITY = {"HMAC_SHA1_96": "HMAC-SHA-1-96 [RFC2404]",
                 "HMAC_SHA2_256_128": "HMAC-SHA-256-128 [RFC4868]", "NONE": "NULL"}


PRFS = ("HMAC_SHA1", "HMAC_SHA2_256")


def key_log(ike, esp):
    """As text; what mipvet does not know is a comment."""
    def line(known, *fields):
        return ("" if known else "# ") + " ".join(f.hex() or "-" if isinstance(f, bytes) else f
                                                  for f in fields) + "\n"

    def integrity(name):
        return name if name == "NONE" else f"AUTH_{name}"
    lines = ["# from charon's log\n"]
    for sa in ike:
        known = sa.encryption in IKE_ENCRYPTION and sa.integrity in IKE_INTEGRITY and sa.prf in PRFS
        lines.append(line(known, "IKE_SA", sa.spi_i, sa.spi_r, f"ENCR_{sa.encryption}",
                          integrity(sa.integrity), f"PRF_{sa.prf}", *(getattr(sa, n) for n in SECRETS)))
    for sa in esp:
        salt = 4 if sa.encryption.startswith("AES_GCM") else 0
        name = f"{sa.encryption}_{8 * (len(sa.key) - salt)}"
        known = name in IKE_ENCRYPTION and sa.integrity in ESP_INTEGRITY
        lines.append(line(known, "CHILD_SA", f"{sa.spi:08x}", "*", "*", f"ENCR_{name}",
                          integrity(sa.integrity), sa.key, sa.integrity_key))
    return "".join(lines)


def write_tables(ike, esp, directory):
    """What tshark reads from WIRESHARK_CONFIG_DIR."""
    Path(directory, "ikev2_decryption_table").write_text("".join(
        f"{sa.spi_i.hex()},{sa.spi_r.hex()},{sa.ei.hex()},{sa.er.hex()},"
        f"\"{IKE_ENCRYPTION[sa.encryption]}\",{sa.ai.hex()},{sa.ar.hex()},"
        f"\"{IKE_INTEGRITY[sa.integrity]}\"\n" for sa in ike))

    def text(octets):
        return f"0x{octets.hex()}" if octets else ""
    Path(directory, "esp_sa").write_text("".join(
        f"\"IPv4\",\"*\",\"*\",\"0x{sa.spi:08x}\",\"{ESP_ENCRYPTION[sa.encryption]}\",\"{text(sa.key)}\","
        f"\"{ESP_INTEGRITY[sa.integrity]}\",\"{text(sa.integrity_key)}\"\n" for sa in esp))


def main():
    parser = argparse.ArgumentParser(
        description="Reads the keys out of charon's log (ike = 4, chd = 4, mgr = 2); prints a key log.")
    parser.add_argument("log", type=Path, metavar="LOG")
    parser.add_argument("directory", nargs="?", metavar="DIRECTORY",
                        help="write ikev2_decryption_table and esp_sa there instead, for tshark")
    options = parser.parse_args()
    try:
        keys = keys_in(options.log.read_text(encoding="utf-8", errors="replace"))
        if options.directory:
            write_tables(*keys, options.directory)
        else:
            sys.stdout.write(key_log(*keys))
    except OSError as error:
        sys.exit(f"charon_keys.py: {error.filename}: {error.strerror}")


if __name__ == "__main__":
    main()
