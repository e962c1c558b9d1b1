"""tally.py KIND REPORT: prints "PASSED FAILED" as counted in a report that a stage of ci/test wrote.

KIND is ctest (JUnit by ctest), scenarios (JSON by `mipvet run`) or mutants (JSON by `mipvet mutants`).
"""

import json
import os
import sys
import xml.etree.ElementTree


def ctest(path):
    counts = {"run": 0, "fail": 0, "notrun": 0, "disabled": 0}
    for case in xml.etree.ElementTree.parse(path).getroot().iter("testcase"):
        counts[case.get("status")] += 1
        if case.get("status") in ("notrun", "disabled"):
            print(f"== not run: {case.get('name')}", file=sys.stderr)
    skipped = counts["notrun"] + counts["disabled"]
    # Only the lack of root excuses a test that does not run (live networks need it).
    excused = skipped if os.geteuid() != 0 else 0
    return counts["run"], counts["fail"] + skipped - excused


def scenarios(path):
    with open(path, encoding="utf-8") as file:
        verdicts = [scenario["verdict"] for scenario in json.load(file)["scenarios"]]
    passed = sum(verdict in ("pass", "not-applicable") for verdict in verdicts)
    return passed, len(verdicts) - passed


def mutants(path):
    with open(path, encoding="utf-8") as file:
        report = json.load(file)
    return report["killed"], report["survived"] + report["wrong"]


if __name__ == "__main__":
    kinds = {"ctest": ctest, "scenarios": scenarios, "mutants": mutants}
    print(*kinds[sys.argv[1]](sys.argv[2]))
