#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""report.py [--recorded=FILE [--record]] COMPILER=FOLDER...: the table of instructions per operation from
Callgrind's dumps of cost.cpp, and the verdict on the bounds and on the recorded figures. Ends with 1 when
one is broken."""

import argparse
import json
import pathlib
import re
import sys

# Row, what it is compared with, factor and number of instructions allowed on top, and in words.
BOUNDS = [
    ("allocate", "bump", 1.0, 3, "Allocate of 24 bytes: at most 3 instructions more than the bump loop"),
    ("slice_append", "push_back", 1.0, 1, "SliceAppend within capacity: at most push_back and 1"),
    ("slice_append_seen", "push_back_seen", 1.0, 1, "SliceAppend within capacity: at most push_back and 1"),
    ("push_back_growing", "push_back_growing_pmr", 1.0, 0,
     "push_back into a growing vector: no more with arena::Allocator than with std::pmr::polymorphic_allocator"),
    ("push_back_first", "push_back_first_pmr", 1.0, -20,
     "the first push_back: 20 less with arena::Allocator than with std::pmr::polymorphic_allocator"),
    ("map_insert", "map_insert_pmr", 1.0, -10,
     "a map's insert: 10 less with arena::Allocator than with std::pmr::polymorphic_allocator"),
    ("write_byte", "push_back_char", 1.0, 3, "WriteByte within capacity: at most push_back and 3"),
    ("read_chunks", "copy_chunks", 1.0, 2, "Read of 16 bytes, however many are unread: at most the copy and 2"),
    ("await", "await_heap", 0.7, 0, "an awaited coroutine: at most 0.7 of one whose frame malloc allocates"),
    ("reset_1000", "reset_1", 1.0, 45,
     "Reset of 1,000 full buffers: at most 45 more than of the only one, which has a path of its own"),
]

# Row, instructions at most with each compiler, and in words.
LIMITS = [
    ("await", {"g++": 160, "clang++": 130}, "a coroutine that is called, awaited and destroyed: 160 (g++), 130 (clang++)"),
]

# Instructions that a row may be off its recorded figure, in either direction: an improvement is recorded, too,
# or it could be lost again unseen.
SLACK = 1.0


def read(folder):
    """Returns {row: instructions per operation}."""
    totals = {}
    for path in pathlib.Path(folder).glob("callgrind.out.*"):
        text = path.read_text(encoding="utf-8", errors="replace")
        label = re.search(r"^desc: Trigger: Client Request: (\w+) (\S+) (\d+)\s*$", text, re.MULTILINE)
        total = re.search(r"^(?:totals|summary): (\d+)", text, re.MULTILINE)
        if label and total:
            totals.setdefault((label[1], label[2]), {})[int(label[3])] = int(total[1])
    costs = {}
    nothing = totals.get(("once", "nothing"), {}).get(1)
    for (kind, name), counts in totals.items():
        if kind == "loop" and len(counts) == 2:
            few, many = sorted(counts)
            costs[name] = (counts[many] - counts[few]) / (many - few)
        elif kind == "once" and name != "nothing" and nothing is not None:
            costs[name] = float(counts[1] - nothing)
    return costs


def compare(results, versions, recorded):
    """Returns how the rows differ from the figures of exactly this version of the compiler, as sentences."""
    differences = []
    for compiler, costs in results.items():
        version = versions[compiler]
        if version not in recorded:
            print(f"{version}: nothing is recorded for this version, so nothing is compared")
            continue
        figures = recorded[version]
        for row in sorted(costs.keys() | figures.keys()):
            if row not in figures:
                differences.append(f"{version}: {row} has no recorded figure (run.sh --record)")
            elif row not in costs:
                differences.append(f"{version}: {row} is recorded, but was not counted")
            elif abs(costs[row] - figures[row]) > SLACK + 0.005:
                differences.append(f"{version}: {row} costs {costs[row]:.2f}, recorded is {figures[row]:.2f} "
                                   "(if that is meant: run.sh --record)")
    return differences


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recorded")
    parser.add_argument("--record", action="store_true")
    parser.add_argument("results", nargs="*")
    options = parser.parse_args()
    results, versions = {}, {}
    for argument in options.results:
        compiler, _, folder = argument.partition("=")
        results[compiler] = read(folder)
        versions[compiler] = (pathlib.Path(folder) / "version").read_text(encoding="utf-8").strip()
    rows = list(dict.fromkeys(row for costs in results.values() for row in costs))
    bounded = [row for bound in BOUNDS for row in (bound[1], bound[0])]
    rows.sort(key=lambda row: bounded.index(row) if row in bounded else len(bounded))
    width = max([len(row) for row in rows] + [12])
    print("instructions per operation")
    print(" " * width, *(f"{compiler:>12}" for compiler in results))
    for row in rows:
        print(f"{row:{width}}", *(f"{costs[row]:12.2f}" if row in costs else f"{'-':>12}"
                                  for costs in results.values()))

    broken = 0
    for compiler, costs in results.items():
        for row, yardstick, factor, extra, words in BOUNDS:
            if row not in costs or yardstick not in costs:
                print(f"FAILED: {compiler}: {row} or {yardstick} was not counted")
                broken += 1
                continue
            # A count below 1 for a yardstick means that the compiler has removed the loop.
            if costs[yardstick] < 1 or costs[row] < 1:
                print(f"FAILED: {compiler}: {row} or {yardstick} costs next to nothing; was it compiled away?")
                broken += 1
            elif costs[row] > factor * costs[yardstick] + extra + 0.01:
                print(f"FAILED: {compiler}: {words}; {row} costs {costs[row]:.2f}, "
                      f"{yardstick} {costs[yardstick]:.2f}")
                broken += 1
        for row, limits, words in LIMITS:
            if row not in costs or costs[row] > limits.get(compiler, float("inf")):
                print(f"FAILED: {compiler}: {words}; {row} costs {costs.get(row, 'nothing: it was not counted')}")
                broken += 1
    if options.recorded:
        path = pathlib.Path(options.recorded)
        recorded = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        if options.record:
            for compiler, costs in results.items():
                recorded[versions[compiler]] = {row: round(costs[row], 2) for row in sorted(costs)}
            path.write_text(json.dumps(recorded, indent=2, sort_keys=True) + "\n", encoding="utf-8")
            print(f"recorded: {', '.join(versions.values())}")
        for words in compare(results, versions, recorded):
            print("FAILED:", words)
            broken += 1
    if not results:
        print("FAILED: nothing was counted")
        broken += 1
    if broken == 0:
        print("all bounds hold")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
