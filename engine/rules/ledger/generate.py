#!/usr/bin/python3
"""Checks the requirement ledgers and writes them as the C++ tables behind ledger.h.

    generate.py --schema ledger.schema.json [--output tables.cpp] LEDGER.json...

The order of the ledgers is the order of the tables. Each breach is one line on stderr: file, JSON
pointer, what is wrong, what would be right; then nothing is written and the exit status is 1.
"""

import argparse
import json
import os
import sys

import jsonschema

MOST_BREACHES_SHOWN = 20
MOST_OF_A_VALUE_SHOWN = 60

LEVELS = {"MUST": "must", "MUST NOT": "must_not", "SHOULD": "should", "SHOULD NOT": "should_not",
          "MAY": "may", "implicit": "implicit"}
TEXTS_BEFORE_TESTABLE = ["requirement", "when", "observe", "violation", "stimulus", "kind"]
TEXTS_AFTER_TESTABLE = ["why_not", "note", "since", "withdrawn"]


class Breach(Exception):
    pass


def breach(file, pointer, wrong, right):
    return f"{os.path.basename(file)}: {pointer or '/'}: {wrong}; right: {right}"


# --- reading and checking ------------------------------------------------------------------------


def unique_keys(pairs):
    keys = set()
    for key, _ in pairs:
        if key in keys:
            raise Breach(f"key {key!r} stands twice in one object")
        keys.add(key)
    return dict(pairs)


def read_json(file):
    try:
        with open(file, encoding="utf-8") as text:
            return json.load(text, object_pairs_hook=unique_keys)
    except OSError as error:
        raise Breach(f"{file}: {error.strerror}; right: a ledger that can be read") from error
    except UnicodeDecodeError as error:
        raise Breach(breach(file, f"byte {error.start}", "no UTF-8", "UTF-8")) from error
    except json.JSONDecodeError as error:
        raise Breach(breach(file, f"line {error.lineno} column {error.colno}", error.msg,
                            "JSON")) from error
    except Breach as error:
        raise Breach(breach(file, "/", error, "each key once")) from error


def pointer_to(path):
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def shown(value):
    text = json.dumps(value)
    return text if len(text) <= MOST_OF_A_VALUE_SHOWN else text[:MOST_OF_A_VALUE_SHOWN] + "..."


def explain_schema_error(error):
    """Turns an error of jsonschema into (JSON pointer, what is wrong, what would be right)."""
    pointer = pointer_to(error.absolute_path)
    rule, schema = error.validator, error.schema
    if rule == "required":
        missing = next(key for key in error.validator_value if repr(key) in error.message)
        return pointer, f"{missing!r} is missing", f"an object with {missing!r}"
    if rule == "additionalProperties":
        known = schema["properties"]
        unknown = next(key for key in error.instance if key not in known)
        return pointer + pointer_to([unknown]), "unknown key", "one of " + ", ".join(known)
    if rule == "enum":
        return pointer, shown(error.instance), "one of " + ", ".join(error.validator_value)
    if rule == "uniqueItems":
        return pointer, "an entry stands twice", "each entry once"
    if rule == "minItems":
        return pointer, "too few entries", f"at least {error.validator_value}"
    if rule == "type":
        types = error.validator_value
        return pointer, shown(error.instance), schema.get(
            "description", " or ".join([types] if isinstance(types, str) else types))
    return pointer, shown(error.instance), schema.get("description", error.message)


def name_requirement(ledger, path):
    """The id of the requirement that a path leads into, so that nobody has to count."""
    path = list(path)
    if len(path) < 2 or path[0] != "requirements":
        return ""
    requirement = ledger["requirements"][path[1]]
    name = requirement.get("id") if isinstance(requirement, dict) else None
    return f" ({name})" if isinstance(name, str) else ""


def schema_breaches(file, ledger, validator):
    for error in sorted(validator.iter_errors(ledger), key=lambda e: list(map(str, e.absolute_path))):
        pointer, wrong, right = explain_schema_error(error)
        yield breach(file, pointer + name_requirement(ledger, error.absolute_path), wrong, right)


def specifications_of(ledger):
    """(tag, document, title) of each specification that has requirements in the ledger."""
    document = ledger["draft"] if "draft" in ledger else ledger["spec"]
    yield ledger["tag"], document, ledger["title"]
    for also in ledger.get("also", []):
        if "tag" in also:
            yield also["tag"], also["spec"], also["title"]


def reference_breaches(file, ledger, owner_of_id, owner_of_tag):
    """What a schema cannot say: names that have to agree with each other, within and across files."""
    tags = [tag for tag, _, _ in specifications_of(ledger)]
    for tag in tags:
        if owner_of_tag.setdefault(tag, file) is not file:
            yield breach(file, "/tag", f"{tag} belongs to {os.path.basename(owner_of_tag[tag])}",
                         "a tag of its own")
    used_conditions, used_tags, last_tag = set(), set(), None
    for index, requirement in enumerate(ledger["requirements"]):
        name = requirement["id"]
        tag, section = name.split("-", 1)[0], name.split("-", 1)[1].rsplit("-", 1)[0]

        def wrong(key, what, right):
            return breach(file, f"/requirements/{index}/{key} ({name})", what, right)

        if name in owner_of_id:
            yield wrong("id", f"also in {os.path.basename(owner_of_id[name])}", "an id of its own")
        owner_of_id[name] = file
        if tag not in tags:
            yield wrong("id", f"tag {tag} is not declared", "one of " + ", ".join(tags))
        elif tag != last_tag and tag in used_tags:
            yield wrong("id", f"apart from the others of {tag}", "one run of ids for each tag")
        last_tag = tag
        used_tags.add(tag)
        if section != requirement["section"] and not section.startswith("B."):
            yield wrong("section", shown(requirement["section"]), f"{section}, as the id says")
        for position, condition in enumerate(requirement["applies"]):
            if condition not in ledger["conditions"]:
                yield wrong(f"applies/{position}", shown(condition),
                            "a tag that is explained under /conditions")
            used_conditions.add(condition)
        for position, message in enumerate(requirement["messages"]):
            if message not in ledger.get("message_names", {message: ""}):
                yield wrong(f"messages/{position}", shown(message), "a name from /message_names")
    for condition in ledger["conditions"]:
        if condition not in used_conditions:
            yield breach(file, pointer_to(["conditions", condition]), "no requirement uses it",
                         "conditions that some requirement applies")


def load(schema_file, files):
    """All ledgers by file, in order; Breach with one line per breach if any is not right."""
    schema = read_json(schema_file)
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    ledgers, breaches, owner_of_id, owner_of_tag = {}, [], {}, {}
    for file in files:
        try:
            ledger = read_json(file)
        except Breach as error:
            breaches.append(str(error))
            continue
        found = list(schema_breaches(file, ledger, validator))
        if not found:  # names are compared only where the shape is right
            found = list(reference_breaches(file, ledger, owner_of_id, owner_of_tag))
        breaches += found
        ledgers[file] = ledger
    if breaches:
        more = len(breaches) - MOST_BREACHES_SHOWN
        raise Breach("\n".join(breaches[:MOST_BREACHES_SHOWN]
                               + ([f"and {more} more"] if more > 0 else [])))
    return ledgers


# --- writing -------------------------------------------------------------------------------------


def literal(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"sv'


def identifier(name):
    """Role and enumerator names: `operator` is a word of C++."""
    return "operator_" if name == "operator" else name.replace("-", "_").replace(" ", "_")


class Pool:
    """Lists laid end to end in one array; the same list is stored once."""

    def __init__(self, name):
        self.name, self.items, self.places = name, [], {}

    def span(self, values):
        if not values:
            return "{}"
        if tuple(values) not in self.places:
            self.places[tuple(values)] = len(self.items)
            self.items += values
        return f"{{{self.name} + {self.places[tuple(values)]}, {len(values)}}}"

    def array(self, kind):
        items = self.items or ["{}"]  # C++ has no empty arrays
        return f"constexpr {kind} {self.name}[] = {{\n" + "".join(f"    {x},\n" for x in items) + "};\n"


def requirement_source(requirement, index, document, condition_ids, applies, messages):
    def roles(key):
        return "{" + ", ".join("Role::" + identifier(role) for role in requirement[key]) + "}"

    def texts(keys):
        return [f".{key} = {literal(requirement[key])}" for key in keys if requirement.get(key)]

    fields = [
        f".id = {literal(requirement['id'])}",
        f".specification = {literal(requirement['id'].split('-', 1)[0])}",
        f".document = {literal(document)}",
        f".section = {literal(requirement['section'])}",
        f".level = Level::{LEVELS[requirement['level']]}",
        f".basis = {literal(requirement['basis'])}",
        f".severity = Severity::{requirement['severity']}",
        f".roles = {roles('roles')}",
        f".peers = {roles('peers')}",
        f".applies = {applies.span([condition_ids[name] for name in requirement['applies']])}",
        f".messages = {messages.span([literal(name) for name in requirement['messages']])}",
        *texts(TEXTS_BEFORE_TESTABLE),
        f".testable = Testable::{requirement['testable']}",
        *texts(TEXTS_AFTER_TESTABLE),
        f".index = {index}",
    ]
    return "    {" + ",\n     ".join(fields) + "},\n"


def source(ledgers):
    condition_names = sorted({name for ledger in ledgers.values() for name in ledger["conditions"]})
    condition_ids = {name: number for number, name in enumerate(condition_names)}
    applies, messages, texts = Pool("applies"), Pool("messages"), Pool("condition_texts")
    requirements, specifications, ids = [], [], []
    for file, ledger in ledgers.items():
        explained = texts.span([f"{{{condition_ids[name]}, {literal(ledger['conditions'][name])}}}"
                                for name in sorted(ledger["conditions"])])
        documents = {}
        for tag, document, title in specifications_of(ledger):
            documents[tag] = document
            places = [len(ids) + i for i, requirement in enumerate(ledger["requirements"])
                      if requirement["id"].startswith(tag + "-")]
            if places:
                specifications.append(
                    (places[0], f"    {{{literal(tag)}, {literal(document)}, {literal(title)},\n"
                     f"     {literal(os.path.basename(file))}, {explained}, {places[0]}, {len(places)}}},\n"))
        for requirement in ledger["requirements"]:
            document = documents[requirement["id"].split("-", 1)[0]]
            requirements.append(requirement_source(requirement, len(ids), document, condition_ids,
                                                   applies, messages))
            ids.append(requirement["id"])
    by_id = sorted(range(len(ids)), key=lambda index: ids[index])
    names = "".join(f"    {literal(name)},\n" for name in condition_names)
    return "".join([
        "// Written by engine/rules/ledger/generate.py; the ledgers beside it are what to edit.\n",
        '#include "engine/rules/ledger/tables.h"\n\n',
        "namespace mipvet::rules::tables {\nnamespace {\n\nusing namespace std::string_view_literals;\n\n",
        f"constexpr std::string_view names[] = {{\n{names}}};\n\n",
        texts.array("ConditionText"), "\n",
        applies.array("ConditionId"), "\n",
        messages.array("std::string_view"), "\n",
        "constexpr Specification all_specifications[] = {\n",
        *(text for _, text in sorted(specifications)), "};\n\n",
        "constexpr Requirement all_requirements[] = {\n", *requirements, "};\n\n",
        "constexpr std::uint16_t order_by_id[] = {\n", *(f"    {i},\n" for i in by_id), "};\n\n",
        "}  // namespace\n\n",
        "constinit const std::span<const std::string_view> condition_names = names;\n",
        "constinit const std::span<const Specification> specifications = all_specifications;\n",
        "constinit const std::span<const Requirement> requirements = all_requirements;\n",
        "constinit const std::span<const std::uint16_t> by_id = order_by_id;\n\n",
        "static_assert(std::size(names) <= ConditionSet::capacity);\n\n",
        "}  // namespace mipvet::rules::tables\n",
    ])


def main():
    parser = argparse.ArgumentParser(description="Check the ledgers and write them as C++ tables.")
    parser.add_argument("--schema", required=True)
    parser.add_argument("--output", help="the C++ source; without it the ledgers are only checked")
    parser.add_argument("ledgers", nargs="+", metavar="LEDGER.json")
    arguments = parser.parse_args()
    try:
        ledgers = load(arguments.schema, arguments.ledgers)
    except Breach as error:
        print(error, file=sys.stderr)
        return 1
    if arguments.output:
        unfinished = arguments.output + ".new"
        with open(unfinished, "w", encoding="utf-8") as out:
            out.write(source(ledgers))
        os.replace(unfinished, arguments.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
