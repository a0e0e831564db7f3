#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the answers to a worksheet of lab 0 (`ringside quiz -c --print`) again, as a student does: with `ringside shell` and
`ringside trace`, at the cycle that the question names. Prints what is not the same, and a count.

00-tools.py RINGSIDE GUEST < WORKSHEET
"""
import json
import re
import subprocess
import sys

EXCEPTIONS = {0: "#DE", 6: "#UD", 13: "#GP", 14: "#PF"}
WORK = {"shadow-fill", "shadow-flush", "shadow-root", "descriptor-tables", "emulate", "inject", "world-switch", "translate", "chain",
        "invalidate", "clock"}


def read_worksheet(text):
    sections = []
    for line in text.splitlines():
        if match := re.match(r"look: ringside shell (.*)guest\.elf (.*)", line):
            sections.append({"options": match[1].split(), "words": match[2].split(), "questions": []})
        elif match := re.match(r"(\d+)\. cycle (\d+),", line):
            sections[-1]["questions"].append({"number": int(match[1]), "cycle": int(match[2]), "text": ""})
        elif match := re.match(r"(\d+): (.*)", line):
            sections[-1]["questions"][-1]["answer"] = match[2].lower()
        elif sections and sections[-1]["questions"]:
            sections[-1]["questions"][-1]["text"] += line + "\n"
            if match := re.match(r"  => ([0-9a-f]{8})  (.*)", line):
                sections[-1]["questions"][-1]["eip"] = int(match[1], 16)
                sections[-1]["questions"][-1]["insn"] = match[2]
    return sections


# What to print behind `goto` and behind `step`, and how the answer is made of it.
def plan(question):
    text = question["text"]
    if "With which CPL" in text:
        return ["cpl"], ["hw.cpl"], lambda v: "%x/%x" % tuple(v)
    if "What is IF" in text:
        return [], ["eflags.if", "hw.eflags.if"], lambda v: "%x/%x" % tuple(v)
    if "Which CR3" in text:
        return [], ["cr3", "cr3 == hw.cr3"], lambda v: "%08x %s" % (v[0], "same" if v[1] else "other")
    if match := re.search(r"What does (E..) hold", text):
        return [], [match[1].lower()], lambda v: "%08x" % v[0]
    if "Which dword does it push" in text:
        return [], ["[esp]"], lambda v: "%08x" % v[0]
    if "Which base does it store" in text:
        return [], ["[esp + 2]"], lambda v: "%08x" % v[0]
    if "At which EIP" in text:
        return [], ["eip"], lambda v: "%08x" % v[0]
    if match := re.search(r"lies at \[esp\+?(\d*)\]", text):
        return [], ["[esp + %d]" % int(match[1] or 0)], lambda v: "%08x" % v[0]
    if "Is it hidden" in text:
        return ["eip"], ["eip", "[esp]"], lambda v: "hidden" if v[0] == v[1] else "%x" % v[2]
    return None


def ask_shell(ringside, guest, section):
    commands, wanted = [], []
    for question in section["questions"]:
        how = plan(question)
        if not how:
            continue
        wanted.append((question, len(how[0]) + len(how[1]) + 1, how[2]))
        commands += ["goto %d" % question["cycle"], "print/x eip"] + ["print/x " + e for e in how[0]]
        commands += ["step"] + ["print/x " + e for e in how[1]]
    if not wanted:
        return
    out = subprocess.run([ringside, "shell"] + section["options"] + [guest] + section["words"], input="\n".join(commands) + "\n",
                         capture_output=True, text=True, check=True).stdout
    values = [int(line, 16) for line in out.splitlines() if re.fullmatch(r"0x[0-9a-f]+", line)]
    for question, count, make in wanted:
        mine, values = values[:count], values[count:]
        question["found"] = make(mine[1:]) if mine[0] == question["eip"] else "another place"


def ask_trace(ringside, guest, section):
    wanted = [q for q in section["questions"] if "found" not in q]
    if not wanted:
        return
    out = subprocess.run([ringside, "trace", "--json"] + section["options"] + [guest] + section["words"], capture_output=True, text=True,
                         check=True).stdout
    events = [e for e in map(json.loads, out.splitlines()) if "reason" in e and e["kind"] not in WORK]
    for question in wanted:
        there = [e for e in events if int(e["eip"], 16) == question["eip"] and 0 <= e["cycle"] - question["cycle"] < 300]
        if "Which exception" in question["text"]:
            question["found"] = EXCEPTIONS[there[0]["vector"]].lower() if there else "none"
        else:
            question["found"] = there[0]["reason"].lower() if there else "none"


def main():
    ringside, guest = sys.argv[1:]
    same = 0
    different = 0
    for section in read_worksheet(sys.stdin.read()):
        ask_shell(ringside, guest, section)
        ask_trace(ringside, guest, section)
        for question in section["questions"]:
            if question["found"] == question["answer"]:
                same += 1
            else:
                different += 1
                print("%d: %s, but the tools say %s" % (question["number"], question["answer"], question["found"]))
    print("%d found again" % same)
    return 1 if different or not same else 0


if __name__ == "__main__":
    sys.exit(main())
