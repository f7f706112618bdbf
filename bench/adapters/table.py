#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""table.py FOLDER [--rounds N | --check]: runs the programs of bench/adapters that were built into FOLDER, and
writes the table of examples/adapters/README.md. --check runs each once and writes nothing."""

import argparse
import collections
import datetime
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "examples" / "adapters" / "README.md"
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"
sys.path.append(str(ROOT / "bench" / "driver"))

import machine  # noqa: E402  pylint: disable=wrong-import-position

# What a way is to reach: its share of the time of another one of the same program, each by a part of its name.
TARGETS = [
    ("nlohmann::basic_json", "`ParseJson`", "`nlohmann::json`", 0.77),
    ("nlohmann::basic_json", "destroyed", "`nlohmann::json`", 0.77),
    ("RapidJSON", "`RapidJsonDocument`", "(`MemoryPoolAllocator`)", 1.05),
    ("RapidJSON", "`RapidJsonDocument`", "reused buffer", 1.05),
    ("Boost.JSON", "`ParseBoostJson`", "`boost::json::monotonic_resource`", 1.05),
    ("Boost.JSON", "`ParseBoostJson`", "reused buffer", 1.05),
]

# ratios: [(median, quartile, quartile)] against each way of the program, in their order.
Row = collections.namedtuple("Row", "library way make read drop all ratios calls")


def lines_of(program, rounds, environment=None):
    done = subprocess.run([program, str(rounds)], stdout=subprocess.PIPE, text=True, check=True,
                          env={**os.environ, **(environment or {})})
    return [line.split("\t") for line in done.stdout.splitlines()]


def rows_of(program, rounds, counter):
    calls = {way: int(count) for _, way, count in lines_of(program, 1, {"LD_PRELOAD": str(counter)})}
    rows = []
    for library, way, make, read, drop, all_of_it, *ratios in lines_of(program, rounds):
        triples = [tuple(float(part) for part in ratio.split("/")) for ratio in ratios]
        rows.append(Row(library, way, float(make), float(read), float(drop), float(all_of_it), triples, calls[way]))
    return rows


def table(programs):
    text = ["| | parse, make | walk, read | destroy, drop | all | calls of malloc |", "| - | -: | -: | -: | -: | -: |"]
    for rows in programs:
        text.append(f"| **{rows[0].library}** | | | | | |")
        for row in rows:
            times = " | ".join(f"{nanoseconds / 1e6:.2f} ms" if nanoseconds >= 1e4 else "< 0.01 ms"
                               for nanoseconds in (row.make, row.read, row.drop))
            median, low, high = row.ratios[0]
            share = "1" if row is rows[0] else f"{median:.2f} ({low:.2f} to {high:.2f})"
            text.append(f"| {row.way} | {times} | {share} | {row.calls:,} |")
    return text


def verdicts(programs):
    """[(met, sentence)]"""
    found = []
    for library, ours, against, limit in TARGETS:
        for rows in programs:
            if rows[0].library != library:
                continue
            row = next(row for row in rows if ours in row.way)
            other = next(i for i, candidate in enumerate(rows) if against in candidate.way)
            share = row.ratios[other][0]
            found.append((share <= limit, f"{library}, {row.way}: {share:.2f} of {rows[other].way}, "
                                          f"target {limit:.2f}: {'met' if share <= limit else 'missed'}"))
    return found


def replace(text, lines):
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        sys.exit(f"FAILED: {PAGE} has no part between {BEGIN} and {END}")
    return head + begin + "\n" + "\n".join(lines) + "\n" + end + tail


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=101)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    programs = []
    for line in (options.folder / "programs.txt").read_text(encoding="utf-8").splitlines():
        name, where = line.split("\t")
        if name.startswith("-"):
            print(f"left out: {name[1:]} (apt-get install {where})")
            continue
        rows = rows_of(where, 1 if options.check else options.rounds, options.folder / "count_malloc.so")
        programs.append(rows)
        print(f"{rows[0].library}: {len(rows)} ways")
    if not programs:
        sys.exit("FAILED: no program was built")
    found = verdicts(programs)
    if options.check:
        return
    programs.sort(key=lambda rows: rows[0].library.lower())
    known = machine.describe()
    text = table(programs) + [
        "", "Medians of " + str(options.rounds) + " rounds of CPU time, in which the ways of a library take turns. *All* is "
        "the share of the time of the first way, within a round: its median and quartiles. " +
        f"Measured {datetime.date.today().isoformat()} on {known['processor']}; {known['system']}, {known['C library']}.",
        "", *[f"- {sentence}" for _, sentence in found]]
    PAGE.write_text(replace(PAGE.read_text(encoding="utf-8"), text), encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)} has the table")
    for _, sentence in found:
        print(sentence)


if __name__ == "__main__":
    main()
