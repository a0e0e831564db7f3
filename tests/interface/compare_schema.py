#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# compare_schema.py JSON CSV HTML: holds reports of `ringside compare` to docs/compare-schema.json, to the columns that
# docs/compare.md lists, to the clock (its parts add up), and the page to HTML's nesting. Ends with 1 and says what differs.
import csv
import html.parser
import json
import re
import sys

types = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float)}


def check(value, schema, root, where):
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    if "enum" in schema:
        assert value in schema["enum"], f"{where}: {value!r} is none of {schema['enum']}"
    if "type" in schema:
        wanted = types[schema["type"]]
        assert isinstance(value, wanted) and (schema["type"] == "boolean" or not isinstance(value, bool)), \
            f"{where}: {value!r} is no {schema['type']}"
    if isinstance(value, list):
        for number, item in enumerate(value):
            check(item, schema.get("items", {}), root, f"{where}[{number}]")
    if isinstance(value, dict):
        for key in schema.get("required", []):
            assert key in value, f"{where}: no {key}"
        for key, item in value.items():
            other = schema.get("additionalProperties", True)
            known = schema.get("properties", {}).get(key, other)
            assert known is not False, f"{where}: {key} is in no schema"
            check(item, known if isinstance(known, dict) else {}, root, f"{where}.{key}")


def check_json(path):
    with open("docs/compare-schema.json", encoding="utf-8") as file:
        schema = json.load(file)
    with open(path, encoding="utf-8") as file:
        report = json.load(file)
    check(report, schema, schema, "report")
    for result in report["results"]:
        for run in result["runs"]:
            assert sum(run["parts"].values()) == run["cycles"], f"{run['command']}: parts do not add up"
            exits = sum(reason["count"] for reason in run["reasons"] if reason["exit"])
            assert exits == run["exits"], f"{run['command']}: reasons do not add up to the exits"


def check_csv(path):
    with open("docs/compare.md", encoding="utf-8") as file:
        documented = re.findall(r"^\| `([a-z_-]+)` \|", file.read(), re.M)
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    parameters = [name for name in rows[0] if name not in documented]
    assert parameters == ["n"], f"columns that docs/compare.md does not list: {parameters}"
    parts = [name for name in rows[0] if name.startswith("cycles_")]
    assert len(parts) == 7
    for row in rows:
        assert None not in row and None not in row.values(), "rows of different lengths"
        assert sum(int(row[part]) for part in parts) == int(row["cycles"]), row["command"]


class Nesting(html.parser.HTMLParser):
    void = {"meta", "link", "br", "line", "rect", "circle", "polyline"}

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attributes):
        if tag not in self.void:
            self.open.append(tag)
        for name, value in attributes:
            assert name not in ("src", "href"), f"{tag} has {name}={value}: the page does not stand alone"

    def handle_endtag(self, tag):
        if tag not in self.void:
            assert self.open and self.open.pop() == tag, f"</{tag}> closes nothing"


def check_html(path):
    nesting = Nesting()
    with open(path, encoding="utf-8") as file:
        nesting.feed(file.read())
    nesting.close()
    assert not nesting.open, f"never closed: {nesting.open}"


check_json(sys.argv[1])
check_csv(sys.argv[2])
check_html(sys.argv[3])
