#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fills the "= ?" of a report of the capstone from the tables that `ringside compare` prints, as a student does by hand.

11-fill.py RINGSIDE FOLDER: in FOLDER are report.md, its comparison files, and the guests.
"""
import csv
import io
import re
import subprocess
import sys

ringside, folder = sys.argv[1:]
tables = {}


def table(name):
    if name not in tables:
        out = subprocess.run([ringside, "compare", "--format", "csv", "--results", name + ".results", name + ".ini"], cwd=folder,
                             capture_output=True, text=True, check=True).stdout
        tables[name] = list(csv.DictReader(io.StringIO(out)))
    return tables[name]


def figure(mark):
    name, *words = mark.split()
    rows = table(name)
    column = "cycles"
    for word in words:
        if "=" in word:
            key, value = word.split("=")
            rows = [row for row in rows if row[key] == value]
        elif word in rows[0]:
            column = word
        else:
            rows = [row for row in rows if row["mode"] == word]
    assert len(rows) == 1, mark
    return rows[0][column]


text = open(folder + "/report.md").read()
text = re.sub(r"\{\{([^}]*)\}\} = \?", lambda match: "{{%s}} = %s" % (match[1], figure(match[1])), text)
open(folder + "/report.md", "w").write(text)
