#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks who includes whom inside include/arena.

A header includes only headers of a lower layer, or to the left on its own line of the table in
include/arena/README.md; the folders of detail/ are layers, too. Includes of the library's own headers are
quoted and relative, so that the folder works wherever it is copied. Guards are ARENA_..._HPP and unique.
--self-test breaks each rule in a copy and expects to be told.
"""

import pathlib
import re
import shutil
import sys
import tempfile

# Each folder of detail/ includes only those before it.
FOLDERS = ["core", "chunks", "objects", "slice", "bytes", "threads", "os", "budget", "pool"]
UMBRELLA = "arena.hpp"
# Standard headers that take long to compile: the umbrella does without them. Where the compiler lacks the
# operations, a header may fall back on one; what ARENA_HEAP=1 includes, it does not include otherwise.
SLOW_TO_COMPILE = {"algorithm", "array", "atomic", "chrono", "deque", "functional", "iostream", "istream", "list", "map",
                   "ostream", "ranges", "set", "sstream", "streambuf", "thread", "unordered_map", "unordered_set",
                   "variant", "vector"}
FALLBACKS = {("detail/core/atomic_pointer.hpp", "atomic"), ("detail/core/heap_blocks.hpp", "unordered_map"),
             ("detail/core/heap_blocks.hpp", "vector")}

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>|(\S.*))')


def read_layers(folder):
    """{header: (layer, line, column)}, and the problems of the table."""
    text = (folder / "README.md").read_text(encoding="utf-8")
    table = re.search(r"<!-- layers -->\n```text\n(.*?)```", text, re.DOTALL)
    if not table:
        return {}, ["README.md: there is no table of layers"]
    place, problems, before = {}, [], -1
    for line, row in enumerate(table[1].splitlines()):
        number, *words = row.split()
        layer = int(number)
        if layer < before:
            problems.append(f"README.md: layer {layer} stands above layer {before}")
        before, prefix = layer, ""
        for column, word in enumerate(words):
            if word.endswith("/:"):
                prefix = word[:-1]
                continue
            name = f"{prefix}{word}.hpp" if prefix else word
            if name in place:
                problems.append(f"README.md: {name} is in the table twice")
            place[name] = (layer, line, column)
    return place, problems


def check(folder):
    """Returns the problems found, as sentences."""
    place, problems = read_layers(folder)
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.hpp"))
    if not names:
        return [f"there is no header in {folder}"]
    problems += [f"README.md: there is no {name}" for name in sorted(set(place) - set(names))]
    guards = {}
    graph = {}
    standard = {}
    for name in names:
        text = (folder / name).read_text(encoding="utf-8")
        lines = text.splitlines()
        if name not in place:
            problems.append(f"{name}: not in the table of layers (include/arena/README.md)")

        directives = [line for line in lines if re.match(r"\s*#", line)]
        guard = re.fullmatch(r"#ifndef (ARENA_\w+_HPP)", directives[0]) if directives else None
        if not guard:
            problems.append(f"{name}: the first directive is not #ifndef ARENA_..._HPP")
        else:
            if len(directives) < 2 or directives[1] != f"#define {guard[1]}":
                problems.append(f"{name}: #ifndef {guard[1]} is not followed by its #define")
            if not re.match(r"#endif\b", directives[-1]):
                problems.append(f"{name}: the last directive is not the guard's #endif")
            if guard[1] in guards:
                problems.append(f"{name}: has the same guard as {guards[guard[1]]}")
            guards[guard[1]] = name
        if re.search(r"^\s*#\s*pragma\s+once", text, re.MULTILINE):
            problems.append(f"{name}: #pragma once instead of a guard")

        graph[name] = set()
        standard[name] = set()
        for number, line in enumerate(lines, 1):
            include = INCLUDE.match(line)
            if not include:
                continue
            quoted, angled, computed = include.groups()
            where = f"{name}:{number}"
            if computed:
                problems.append(f"{where}: an include that is neither quoted nor in angle brackets")
                continue
            if angled:
                if angled.startswith("arena/") or angled == "arena.hpp":
                    problems.append(f"{where}: <{angled}> has to be a relative, quoted include")
                standard[name].add(angled)
                continue
            target = (folder / name).parent.joinpath(quoted).resolve()
            if not target.is_relative_to(folder.resolve()) or not target.is_file():
                problems.append(f'{where}: "{quoted}" is not a header of the library')
                continue
            included = str(target.relative_to(folder.resolve()))
            graph[name].add(included)
            if name not in place or included not in place:
                continue  # reported above
            layer, line, column = place[name]
            other_layer, other_line, other_column = place[included]
            if not (other_layer < layer or (other_line < line and other_layer == layer)
                    or (other_line == line and other_column < column)):
                problems.append(
                    f"{where}: {included} (layer {other_layer}) is not below {name} (layer {layer})")
            ours, theirs = (re.match(r"detail/(\w+)/", header) for header in (name, included))
            if ours and theirs and FOLDERS.index(theirs[1]) > FOLDERS.index(ours[1]):
                problems.append(f"{where}: detail/{ours[1]} includes detail/{theirs[1]}, which comes after it")

    reached, queue = set(), [UMBRELLA]
    while queue:
        name = queue.pop()
        if name not in reached:
            reached.add(name)
            queue.extend(graph.get(name, ()))
    for name in sorted(reached & set(place)):
        if place[name][0] > place[UMBRELLA][0]:
            problems.append(f"{UMBRELLA}: the umbrella reaches {name}, which is opt-in")
    for name in sorted(reached):
        for header in sorted(standard.get(name, set()) & SLOW_TO_COMPILE):
            if (name, header) not in FALLBACKS:
                problems.append(f"{name}: <{header}> takes too long to compile for the umbrella")
    return problems


def self_test(folder):
    """Breaks one rule at a time in a copy of the headers; every break has to be found."""

    def after_guard(text, line):
        head, mark, tail = text.partition("_HPP\n#define ")
        name, newline, rest = tail.partition("\n")
        return head + mark + name + newline + line + "\n" + rest

    breaks = {
        "is not below": ("version.hpp", lambda text: after_guard(text, '#include "arena_interface.hpp"')),
        "is not below config.hpp": ("config.hpp", lambda text: after_guard(text, '#include "fwd.hpp"')),
        "which comes after it": ("detail/os/pages.hpp", lambda text: after_guard(text, '#include "../pool/pool_keys.hpp"')),
        "there is no nothing.hpp": ("README.md", lambda text: text.replace("0  version.hpp", "0  nothing.hpp version.hpp")),
        "in the table twice": ("README.md", lambda text: text.replace("0  version.hpp", "0  pool.hpp version.hpp")),
        "relative, quoted": ("slice.hpp", lambda text: after_guard(text, "#include <arena/version.hpp>")),
        "not a header of the library": ("slice.hpp", lambda text: after_guard(text, '#include "nothing.hpp"')),
        "neither quoted nor": ("slice.hpp", lambda text: after_guard(text, "#include ARENA_SOMETHING")),
        "not in the table": ("brand_new.hpp", lambda text: "#ifndef ARENA_NEW_HPP\n#define ARENA_NEW_HPP\n#endif\n"),
        "first directive": ("slice.hpp", lambda text: "#pragma once\n" + text),
        "same guard": ("fwd.hpp", lambda text: text.replace("FWD_HPP", "CONFIG_HPP")),
        "followed by its #define": ("fwd.hpp", lambda text: re.sub(r"#define ARENA_\w+_HPP", "", text, count=1)),
        "takes too long to compile": ("buffer.hpp", lambda text: after_guard(text, "#include <atomic>")),
        "the umbrella reaches": ("slice.hpp", lambda text: after_guard(text, '#include "pool.hpp"')),
    }
    failures = []
    for expected, (name, change) in breaks.items():
        with tempfile.TemporaryDirectory() as temporary:
            copy = pathlib.Path(temporary) / "arena"
            shutil.copytree(folder, copy)
            path = copy / name
            before = path.read_text(encoding="utf-8") if path.exists() else ""
            after = change(before)
            path.write_text(after, encoding="utf-8")
            if before == after:
                failures.append(f"could not break {name} for: {expected}")
            elif not any(expected in problem for problem in check(copy)):
                failures.append(f"not found in a broken {name}: {expected}")
    print(f"{len(breaks)} rules broken on purpose")
    return failures


def main():
    folder = pathlib.Path(__file__).resolve().parents[2] / "include" / "arena"
    problems = self_test(folder) if sys.argv[1:] == ["--self-test"] else check(folder)
    for problem in problems:
        print("FAILED:", problem)
    if not problems:
        print("the layering holds")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
