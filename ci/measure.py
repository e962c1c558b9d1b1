"""measure.py PROGRAMS DIR: what ci/bench prints of captures; PROGRAMS is the build's engine/, DIR a
place for the captures. Exit status 1 where a budget is not kept.

All times are processor time, for every program is one thread, and what else the machine does is none
of its cost. It still takes caches away, which only ever makes a program slower: what is compared is
run in turns, and the best of its turns counts."""

import json
import os
import subprocess
import sys
from pathlib import Path

FRAMES = 500_000
REPEATS = 5
ESP_REPEATS = 25  # of a fifth of a second each
MOST_OF_FLOOR = 2.5  # check may take this many times what the floor takes
MOST_OF_PYTHON = 1.10  # mipvet.check in Python may take this many times what `mipvet check` takes
LEAST_OF_TSHARK = 12  # and is at least this many times as fast as tshark
MOST_MEMORY = 1.10  # ten times the frames with the same bindings
ESP_TRAFFIC = Path(__file__).resolve().parent.parent / "engine/bench/esp_traffic.json"
MOST_OF_ESP_FLOOR = 1.5  # decrypting and judging, of what Botan alone takes for the same packets

programs, directory = Path(sys.argv[1]), Path(sys.argv[2])


def run(*command):
    """Seconds of processor time, peak memory in KiB and standard output of a command."""
    with subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE) as process:
        text = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"measure.py: {command[0]} ended with exit status {process.returncode}\n"
                 f"{text.decode(errors='replace')}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss, text


def generate(frames):
    path = directory / f"{frames}.pcapng"
    run(programs / "bench/registration_capture", path, frames)
    return path


def check(path):
    report = path.with_suffix(".json")
    seconds, memory, _ = run(programs / "cli/mipvet", "check", path, "--report", f"json:{report}")
    scenario = json.loads(report.read_text())["scenarios"][0]
    judged = [f for f in scenario["findings"] if f["evaluated"]]
    if scenario["verdict"] != "pass" or len(judged) < 50:
        sys.exit(f"measure.py: the capture is not judged as it should be: {scenario['verdict']}, "
                 f"{len(judged)} requirements")
    return seconds, memory, len(judged)


def python(code, *arguments):
    """Seconds and standard output of a program for the Python that has `import mipvet`."""
    os.environ["PYTHONPATH"] = str(programs.parent / "python")
    seconds, _, text = run("/usr/bin/python3", "-c", code, *arguments)
    return seconds, text.decode()


CHECK = """import mipvet, sys
assert mipvet.check(sys.argv[1]).passed"""
MESSAGES = """import mipvet, timeit
request = mipvet.message("registration-request", lifetime=300, home_address="198.51.100.5")
frame = mipvet.udp_frame(request, source="192.0.2.7", destination="198.51.100.10")
for name, code in (("build a message of two fields", lambda: mipvet.message(
                        "registration-request", lifetime=300, home_address="198.51.100.5")),
                   ("make a frame of it", lambda: mipvet.udp_frame(
                        request, source="192.0.2.7", destination="198.51.100.10")),
                   ("take a frame apart, read a field", lambda: mipvet.dissect(frame)["lifetime"])):
    print(f"  {'Python: ' + name:45} {min(timeit.repeat(code, number=20000)) / 20000 * 1e6:9.2f} us")"""


def esp_times():
    """What Botan alone and `mipvet check` take for the ESP of a run outside, in turns, and how many
    frames that is."""
    run(programs / "cli/mipvet", "run", ESP_TRAFFIC, "--captures", directory)
    whole = directory / "bench-esp-traffic.pcapng"
    keys, network = whole.with_suffix(".keys"), whole.with_suffix(".network.json")
    capture = directory / "esp.pcapng"
    outside = " or ".join(f'frame.interface_name == "{link}"' for link in ("hotspot", "public"))
    run("tshark", "-r", whole, "-Y", outside, "-w", capture)
    floors, checks = [], []
    for _ in range(ESP_REPEATS):
        seconds, _, text = run(programs / "bench/esp_floor", capture, keys)
        floor = json.loads(text)
        if floor["opened"] < 0.9 * floor["frames"]:
            sys.exit(f"measure.py: {floor['opened']} of {floor['frames']} frames are ESP that opens")
        floors.append(seconds)
        checks.append(run(programs / "cli/mipvet", "check", capture, "--network", network,
                          "--keys", keys)[0])
    return min(floors), min(checks), floor


def tshark(capture):
    return run("tshark", "-r", capture, "-T", "fields", "-e", "mip.homeaddr", "-e", "mip.ident")[0]


def main():
    capture = generate(FRAMES)
    size = capture.stat().st_size
    floors, alones, checks, pythons, tsharks = [], [], [], [], []
    for _ in range(REPEATS):
        floor = json.loads(run(programs / "bench/capture_floor", capture)[2])
        alones.append(floor["libpcap"])
        floors.append(floor["floor"])
        seconds, _, requirements = check(capture)
        checks.append(FRAMES / seconds)
        pythons.append(FRAMES / python(CHECK, capture)[0])
        tsharks.append(FRAMES / tshark(capture))
    rates = {"libpcap alone": max(alones),
             "libpcap + HMAC-MD5 (the floor)": max(floors),
             f"mipvet check ({requirements} requirements judged)": max(checks),
             "mipvet.check in Python": max(pythons),
             "tshark, two fields": max(tsharks)}
    _, floor, mine, in_python, theirs = rates.values()
    print(f"{FRAMES:,} registration frames, {size / 1e6:.0f} MB; best of {REPEATS}; processor "
          f"time, of whole processes but for libpcap's\n")
    for name, rate in rates.items():
        print(f"  {name:45} {rate:12,.0f} frames/s")
    print(f"\n{python(MESSAGES)[1]}", end="")
    small, large = check(generate(100_000))[1], check(generate(1_000_000))[1]
    esp_floor, esp_check, esp = esp_times()
    print(f"\n{esp['frames']:,} frames of a run, {esp['opened']:,} of them ESP (AES-CBC, "
          "HMAC-SHA2); whole processes\n")
    for name, seconds in {"libpcap + Botan alone": esp_floor,
                          "mipvet check --keys": esp_check}.items():
        print(f"  {name:45} {esp['frames'] / seconds:12,.0f} frames/s")
    budgets = [("floor / check", floor / mine, "at most", MOST_OF_FLOOR),
               ("check / check in Python", mine / in_python, "at most", MOST_OF_PYTHON),
               ("check / tshark", mine / theirs, "at least", LEAST_OF_TSHARK),
               ("memory, 1,000,000 / 100,000 frames", large / small, "at most", MOST_MEMORY),
               ("check --keys, of Botan alone over ESP", esp_check / esp_floor, "at most",
                MOST_OF_ESP_FLOOR)]
    print(f"\n  peak memory of check: {small / 1024:.1f} MiB over 100,000 frames, "
          f"{large / 1024:.1f} MiB over 1,000,000 (5,000 bindings)\n")
    kept = True
    for name, value, sense, bound in budgets:
        good = value <= bound if sense == "at most" else value >= bound
        kept = kept and good
        print(f"  {name:45} {value:8.2f}   {sense} {bound}{'' if good else '   NOT KEPT'}")
    return 0 if kept else 1


sys.exit(main())
