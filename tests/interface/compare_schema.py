#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# compare_schema.py JSON CSV HTML: holds reports of `ringside compare` to docs/compare-schema.json, to the columns that
# docs/compare.md lists, to the clock (its parts add up), and the page to HTML's nesting. Reports of `compare --wall` are
# held to docs/compare-wall-schema.json, and the CSV to the JSON. Ends with 1 and says what differs.
import csv
import html.parser
import json
import re
import statistics
import sys

types = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float),
         "null": type(None)}


def check(value, schema, root, where):
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    if "anyOf" in schema:
        kinds = tuple(types[kind["type"]] for kind in schema["anyOf"])
        assert isinstance(value, kinds), f"{where}: {value!r} is none of {schema['anyOf']}"
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


def read_json(path):
    with open(path, encoding="utf-8") as file:
        report = json.load(file)
    name = {"ringside-compare": "compare", "ringside-wall": "compare-wall"}[report["schema"]]
    with open(f"docs/{name}-schema.json", encoding="utf-8") as file:
        schema = json.load(file)
    check(report, schema, schema, "report")
    return report


def check_json(report):
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


def check_wall(report, path):
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0])[:8] == "command mean stddev median user system min max".split(), "not hyperfine's columns"
    assert len(rows) == len(report["results"]) + len(report["without_times"]), "rows that the JSON has not"
    measured = [row for row in rows if row["outcome"] == "measured"]
    for row, result in zip(measured, report["results"], strict=True):
        assert None not in row and None not in row.values(), "rows of different lengths"
        assert row["command"] == result["command"] and float(row["median"]) == result["median"], row["command"]
        assert int(row["runs"]) == len(result["times"]) == len(result["exit_codes"]), "runs that are not there"
        for name, value in (("median", statistics.median(result["times"])), ("mean", statistics.fmean(result["times"])),
                            ("min", min(result["times"])), ("max", max(result["times"]))):
            assert abs(result[name] - value) < 2e-9, f"{name} is {result[name]}, not {value}"
        middle = [abs(time - result["median"]) for time in result["times"]]
        assert abs(result["mad"] - statistics.median(middle)) < 3e-9, "the median absolute deviation is another one"
        if len(result["times"]) > 1:
            assert abs(result["stddev"] - statistics.stdev(result["times"])) < 3e-9, "the deviation is another one"


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


made = read_json(sys.argv[1])
if made["schema"] == "ringside-wall":
    check_wall(made, sys.argv[2])
else:
    check_json(made)
    check_csv(sys.argv[2])
check_html(sys.argv[3])
