#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes include/arena.hpp, the whole library in one file, from include/arena.

Each header is put in behind those that it includes, with its guard: a program may use this file and the
folder at the same time. What is outside the umbrella, containers.hpp apart, is behind a macro that the
user defines. The result depends on the headers alone: no date, no version of a tool. Its head says the
library's version, and its revision, which a program's history can be searched for.

    make.py            writes include/arena.hpp
    make.py --check    fails when that is not what it would write
"""

import difflib
import hashlib
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2] / "include"
RESULT = ROOT / "arena.hpp"

# In the order of the file: a macro, or none, and the headers that it stands for.
PARTS = [
    (None, ["arena/arena.hpp", "arena/containers.hpp"]),
    ("ARENA_WITH_GUARD", ["arena/guard.hpp"]),
    ("ARENA_WITH_POOL", ["arena/pool.hpp"]),
    ("ARENA_WITH_VIRTUAL", ["arena/virtual_arena.hpp"]),
    ("ARENA_WITH_BUDGET", ["arena/budget.hpp"]),
    ("ARENA_WITH_COROUTINE", ["arena/coroutine.hpp"]),
    ("ARENA_WITH_IOSTREAM", ["arena/iostream.hpp", "arena/picture.hpp"]),
    ("ARENA_WITH_FORMAT", ["arena/format.hpp"]),
]

INCLUDE = re.compile(r'^#include "([^"]+)"\n', re.MULTILINE)

HEAD = """\
// SPDX-License-Identifier: Apache-2.0
// clang-format off
//
// arena, the whole library in one file: copy it, include it. Made by tests/single_file/make.py from the
// headers in include/arena, which are the ones to read and to change.
//
// Version {version}, revision {revision} (the first digits of the SHA-256 of what is below this head).
// Copyright 2026 The arena authors. Apache License 2.0, http://www.apache.org/licenses/LICENSE-2.0
//
// Define before including it, for the parts that not everybody wants:
//   ARENA_WITH_GUARD      GuardResource, an upstream that finds uses of freed memory
//   ARENA_WITH_POOL       ArenaPool and PageResource
//   ARENA_WITH_VIRTUAL    VirtualArena, an arena in one range of addresses
//   ARENA_WITH_BUDGET     Budget, bounds on memory with names
//   ARENA_WITH_COROUTINE  CoroutineFrame, coroutines whose frames lie in an arena
//   ARENA_WITH_IOSTREAM   ArenaStreambuf, ArenaStream, printing and pictures of an arena
//   ARENA_WITH_FORMAT     Format, where <format> exists
"""


def version():
    """As version.hpp has it."""
    text = (ROOT / "arena/version.hpp").read_text(encoding="utf-8")
    return ".".join(
        re.search(rf"^# *define +ARENA_VERSION_{part} +(\d+)", text, re.MULTILINE)[1]
        for part in ("MAJOR", "MINOR", "PATCH")
    )


def place(header, done, result):
    """Appends the header behind what it includes, unless it is there already."""
    path = header.resolve()
    if path in done:
        return
    done.add(path)
    text = path.read_text(encoding="utf-8")
    for include in INCLUDE.findall(text):
        place(path.parent / include, done, result)
    body = INCLUDE.sub("", text)
    body = re.sub(r"^// SPDX-License-Identifier: [^\n]*\n(//\n)?", "", body)
    body = re.sub(r"^ *// clang-format (on|off)\n", "", body, flags=re.MULTILINE)
    name = path.relative_to(ROOT).as_posix()
    result.append(f"\n// ---- {name} {'-' * max(4, 92 - len(name))}\n//\n{body.strip()}\n")


def make():
    core = set()
    everything = set()
    result = []
    for macro, headers in PARTS:
        # A header that two parts need stands in both: its guard skips it when both are wanted.
        done = set(core) if macro else core
        part = []
        for header in headers:
            place(ROOT / header, done, part)
        everything |= done
        if macro:
            part = [f"\n#ifdef {macro}\n", *part, f"\n#endif  // {macro}\n"]
        result += part
    left = sorted(
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "arena").rglob("*.hpp")
        if path.resolve() not in everything
    )
    if left:
        sys.exit(f"FAILED: no part of the single file has {', '.join(left)} (tests/single_file/make.py)")
    body = "".join(result)
    revision = hashlib.sha256(body.encode("utf-8")).hexdigest()[:12]
    return HEAD.format(version=version(), revision=revision) + body


def main():
    text = make()
    if sys.argv[1:] == ["--check"]:
        present = RESULT.read_text(encoding="utf-8") if RESULT.exists() else ""
        if present != text:
            lines = difflib.unified_diff(
                present.splitlines(), text.splitlines(), "include/arena.hpp", "what it should be", lineterm="", n=1
            )
            print("\n".join(list(lines)[:20]))
            sys.exit("FAILED: include/arena.hpp is out of step: run tests/single_file/make.py")
        print("include/arena.hpp is what its parts make")
    elif not sys.argv[1:]:
        RESULT.write_text(text, encoding="utf-8")
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
