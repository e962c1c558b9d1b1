"""measure.py PROGRAMS DIR: what ci/bench prints of captures; PROGRAMS is the build's engine/, DIR a
place for the captures. Exit status 1 where a budget is not kept."""

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

FRAMES = 500_000
REPEATS = 5
MOST_OF_FLOOR = 2.5  # check may take this many times what the floor takes
MOST_OF_PYTHON = 1.10  # mipvet.check in Python may take this many times what `mipvet check` takes
LEAST_OF_TSHARK = 12  # and is at least this many times as fast as tshark
MOST_MEMORY = 1.10  # ten times the frames with the same bindings
ESP_TRAFFIC = Path(__file__).resolve().parent.parent / "engine/bench/esp_traffic.json"
MOST_OF_ESP_FLOOR = 1.5  # decrypting and judging, of what Botan alone takes for the same packets

programs, directory = Path(sys.argv[1]), Path(sys.argv[2])


def run(*command):
    """Seconds, peak memory in KiB and standard output of a command."""
    begin = time.perf_counter()
    with subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE) as process:
        text = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"measure.py: {command[0]} ended with exit status {process.returncode}\n"
                 f"{text.decode(errors='replace')}")
    return time.perf_counter() - begin, usage.ru_maxrss, text


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
    """Seconds of Botan alone and of `mipvet check` over the ESP of a run outside, and its frames."""
    run(programs / "cli/mipvet", "run", ESP_TRAFFIC, "--captures", directory)
    whole = directory / "bench-esp-traffic.pcapng"
    keys, network = whole.with_suffix(".keys"), whole.with_suffix(".network.json")
    capture = directory / "esp.pcapng"
    outside = " or ".join(f'frame.interface_name == "{link}"' for link in ("hotspot", "public"))
    run("tshark", "-r", whole, "-Y", outside, "-w", capture)
    floors, checks = [], []
    for _ in range(REPEATS):
        floor = json.loads(run(programs / "bench/esp_floor", capture, keys)[2])
        if floor["opened"] < 0.9 * floor["frames"]:
            sys.exit(f"measure.py: {floor['opened']} of {floor['frames']} frames are ESP that opens")
        floors.append(floor["frames"] / floor["floor"])
        checks.append(run(programs / "cli/mipvet", "check", capture, "--network", network,
                          "--keys", keys)[0])
    return statistics.median(floors), statistics.median(checks), floor


def main():
    capture = generate(FRAMES)
    size = capture.stat().st_size
    floors, alones, checks, pythons = [], [], [], []
    for _ in range(REPEATS):  # in turns, so that a busy machine disturbs all alike
        floor = json.loads(run(programs / "bench/capture_floor", capture)[2])
        alones.append(floor["libpcap"])
        floors.append(floor["floor"])
        seconds, _, requirements = check(capture)
        checks.append(FRAMES / seconds)
        pythons.append(FRAMES / python(CHECK, capture)[0])
    seconds, _, _ = run("tshark", "-r", capture, "-T", "fields", "-e", "mip.homeaddr", "-e",
                        "mip.ident")
    rates = {"libpcap alone": statistics.median(alones),
             "libpcap + HMAC-MD5 (the floor)": statistics.median(floors),
             f"mipvet check ({requirements} requirements judged)": statistics.median(checks),
             "tshark, two fields": FRAMES / seconds}
    in_python = statistics.median(pythons)
    print(f"{FRAMES:,} registration frames, {size / 1e6:.0f} MB; median of {REPEATS}; whole "
          f"processes but for libpcap's\n")
    for name, rate in rates.items():
        print(f"  {name:45} {rate:12,.0f} frames/s")
    print(f"  {'mipvet.check in Python':45} {in_python:12,.0f} frames/s\n")
    print(python(MESSAGES)[1], end="")
    _, floor, mine, tshark = rates.values()
    small, large = check(generate(100_000))[1], check(generate(1_000_000))[1]
    esp_floor, esp_check, esp = esp_times()
    print(f"\n{esp['frames']:,} frames of a run, {esp['opened']:,} of them ESP (AES-CBC, HMAC-SHA2)\n\n"
          f"  {'libpcap + Botan alone':45} {esp['frames'] / esp_floor:12,.0f} frames/s\n"
          f"  {'mipvet check --keys':45} {esp['frames'] / esp_check:12,.0f} frames/s")
    budgets = [("floor / check", floor / mine, "at most", MOST_OF_FLOOR),
               ("check / check in Python", mine / in_python, "at most", MOST_OF_PYTHON),
               ("check / tshark", mine / tshark, "at least", LEAST_OF_TSHARK),
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
