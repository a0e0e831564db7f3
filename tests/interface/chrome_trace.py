# SPDX-License-Identifier: GPL-3.0-or-later
"""Is a file a sound Chrome trace? chrome_trace.py TRACE CYCLES FREQUENCY: slices of a track are nested or apart, those of guest, idle time and VMM lie side by side and add up to the clock, flows have both ends, each in a slice, counters
add up to something. Prints the tracks."""
import json
import sys
from decimal import Decimal

trace = json.load(open(sys.argv[1]), parse_float=Decimal)
clock = Decimal(int(sys.argv[2])) * 1000000 / Decimal(int(sys.argv[3]))
names = {entry["tid"]: entry["args"]["name"] for entry in trace if entry["name"] == "thread_name"}
tracks, flows, counters, top = {}, {}, {}, []
for entry in trace:
    form = entry["ph"]
    assert form in "XiMCsf", form
    if form == "X":
        assert entry["dur"] > 0, entry
        tracks.setdefault(entry["tid"], []).append((entry["ts"], entry["ts"] + entry["dur"]))
    elif form == "C":
        for value in entry["args"].values():
            assert value >= 0, entry
            counters[entry["name"]] = counters.get(entry["name"], 0) + value
    elif form in "sf":
        flows.setdefault(entry["id"], {})[form] = (entry["tid"], entry["ts"])
for track, slices in tracks.items():
    assert track in names, track
    side_by_side = names[track].startswith(("guest", "idle", "VMM"))
    assert not side_by_side or slices == sorted(slices, key=lambda slice: slice[0]), names[track]
    open_slices = []
    for begin, end in sorted(slices, key=lambda slice: (slice[0], -slice[1])):
        while open_slices and open_slices[-1] <= begin:
            open_slices.pop()
        assert not open_slices or end <= open_slices[-1], (names[track], begin, end, open_slices)
        if not open_slices and side_by_side:
            top.append((begin, end))
        open_slices.append(end)
top.sort()
for (_, end), (begin, _) in zip(top, top[1:]):
    assert end <= begin, (end, begin)
whole = sum(end - begin for begin, end in top)
assert abs(whole - clock) < Decimal("0.0001"), (whole, clock)
for both in flows.values():
    for track, moment in both.values():
        assert any(begin <= moment <= end for begin, end in tracks[track]), both
    assert set(both) == {"s", "f"}, both
print("tracks:", ", ".join(sorted(names[track] for track in tracks)))
print("flows:", len(flows))
for name, value in sorted(counters.items()):
    print(f"{name}: {value}")
