"""The manual pages: what --help tells stands in them, and man renders them without a complaint."""

import os
import re
import subprocess

import pytest

from program import SOURCE, mipvet

PAGES = {"mipvet": os.environ["MIPVET_MANUAL_PAGE"],
         "mipvet-campaign": str(SOURCE / "ci/vendor/mipvet-campaign.1")}


def flat(text):
    return re.sub(r"\s+", " ", text)


def rendered(page):
    """As a reader sees it, in one line, nothing hyphenated."""
    result = subprocess.run(["groff", "-man", "-ww", "-Tutf8", "-P-cbou", "-rHY=0", "-rLL=10000n", page],
                            capture_output=True, text=True, check=True)
    assert result.stderr == ""
    return flat(result.stdout.translate(str.maketrans("’‘−‐", "'`--")))


def verbs():
    overview = mipvet("--help").stdout
    return re.findall(r"^  ([a-z]+) ", overview.split("Subcommands:")[1], re.M)


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES.keys())
def test_man_has_no_complaint_and_finds_the_name(page):
    assert " - conformance " in rendered(page)
    with open(page, encoding="utf-8") as text:
        assert not [line for line in text if re.search(r"(?<!\\)-(?!\*)", line)
                    and not line.startswith((".\\\"", ".TH"))], "a dash that is a hyphen"


def test_it_has_every_verb_with_its_options_and_texts():
    page = rendered(PAGES["mipvet"])
    assert len(verbs()) >= 10
    for verb in verbs():
        assert f"mipvet {verb}" in page
        text = mipvet(verb, "--help").stdout
        options = [o for o in re.findall(r"^  (-\S+)", text, re.M) if o != "-h,--help"]
        described = [line[30:].strip() for line in text.splitlines()
                     if line.startswith("  ") and line[28:30] == "  " and line[30:]]
        assert options == [] or described
        for expected in [*options, *described]:
            assert flat(re.sub(r"^(-.),", r"\1, ", expected)) in page or "this help" in expected, f"{verb}: {expected}"


def test_that_of_the_campaign_says_what_its_help_says():
    page = rendered(PAGES["mipvet-campaign"])
    text = subprocess.run([SOURCE / "ci/vendor/mipvet-campaign", "--help"], capture_output=True, text=True,
                          check=True).stdout
    entries = re.findall(r"^  (\S+(?: [A-Z/]+)?) {2,}(\S.*(?:\n {20}\S.*)*)", text, re.M)
    assert len(entries) >= 18
    for name, meaning in entries:
        assert name in page, name
        if name != "--help":
            assert flat(meaning).rstrip(".").lower() in page.lower(), meaning
    for status in re.findall(r"\d [a-z][^;.]*", flat(text.split("Exit status:")[1])):
        assert status in page
