#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# reproduce_schema.py CSV JSON HTML: holds reports of `ringside compare --reproduce` to the columns that docs/reproduce.md lists, to
# each other, and the page to HTML's nesting. Prints what is beyond the tolerance; ends with 1 and says what is wrong: a row whose winner is
# another one and is not listed as known, or is listed and right.
import csv
import html.parser
import json
import re
import sys

with open("docs/reproduce.md", encoding="utf-8") as file:
    documented = re.findall(r"^\| `([a-z_]+)` \|", file.read(), re.M)
with open(sys.argv[1], encoding="utf-8", newline="") as file:
    rows = list(csv.DictReader(file))
with open(sys.argv[2], encoding="utf-8") as file:
    report = json.load(file)

assert list(rows[0]) == documented, f"columns {list(rows[0])} are not those of docs/reproduce.md"
assert report["schema"] == "ringside-reproduction" and report["version"] == 1
assert len(report["figures"]) == len(rows)
for row, figure in zip(rows, report["figures"]):
    assert None not in row and None not in row.values(), "rows of different lengths"
    assert set(figure) == {name for name, value in row.items() if value}, f"{row['row']}: JSON and CSV differ"
    for name, value in figure.items():
        assert value == row[name] if isinstance(value, str) else abs(value - float(row[name])) < 1e-3 * max(1, abs(value)), name

wrong = []
for row in rows:
    where = f"{row['paper']}: {row['row']}, {row['column']}"
    assert not row["message"], f"{where}: {row['message']}"
    assert row["kind"] in ("fitted", "predicted", "baseline"), where
    if row["kind"] != "baseline":
        ratio = float(row["ours"]) / float(row["published"])
        assert abs(ratio - float(row["ratio"])) < 1e-3 * ratio + 1e-4, f"{where}: ratio"
        assert (abs(ratio - 1) <= 0.3) == (row["within"] == "yes"), f"{where}: tolerance"
        if row["within"] == "no":
            print(f"# {where}: {ratio:.2f} of the published figure{'' if row['why'] else ', and nobody knows why'}")
        assert row["within"] == "yes" or row["kind"] == "predicted", f"{where}: fitted, but does not fit"
    if row["paper_winner"] and (row["same_winner"] == "yes") == bool(row["known"]):
        wrong.append(f"{row['row']}: {row['paper_winner']} wins in the paper, here {row['winner']}, known: {row['known'] or 'no'}")
assert not wrong, "; ".join(dict.fromkeys(wrong))


class Nesting(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attributes):
        if tag not in ("meta", "line", "circle"):
            self.open.append(tag)
        for name, value in attributes:
            assert name not in ("src", "href"), f"{tag} has {name}={value}: the page does not stand alone"

    def handle_endtag(self, tag):
        if tag not in ("meta", "line", "circle"):
            assert self.open and self.open.pop() == tag, f"</{tag}> closes nothing"


nesting = Nesting()
with open(sys.argv[3], encoding="utf-8") as file:
    nesting.feed(file.read())
nesting.close()
assert not nesting.open, f"never closed: {nesting.open}"
