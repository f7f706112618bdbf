#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes include/arena.hpp, the whole library in one file, from include/arena.

Each header is put in once, behind those that it includes, with its guard: a program may use this file and
the folder at the same time. What is outside the umbrella, containers.hpp apart, is behind a macro that the
user defines. The result depends on the headers alone: no date, no version of a tool.

    make.py            writes include/arena.hpp
    make.py --check    fails when that is not what it would write
"""

import difflib
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2] / "include"
RESULT = ROOT / "arena.hpp"

# In the order of the file: a macro, or none, and the headers that it stands for.
PARTS = [
    (None, ["arena/arena.hpp", "arena/containers.hpp"]),
    ("ARENA_WITH_POOL", ["arena/pool.hpp"]),
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
// Define before including it, for the parts that not everybody wants:
//   ARENA_WITH_POOL       ArenaPool and PageResource
//   ARENA_WITH_IOSTREAM   ArenaStreambuf, ArenaStream, printing and pictures of an arena
//   ARENA_WITH_FORMAT     Format, where <format> exists
"""


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
    done = set()
    result = [HEAD]
    for macro, headers in PARTS:
        part = []
        for header in headers:
            place(ROOT / header, done, part)
        if macro:
            part = [f"\n#ifdef {macro}\n", *part, f"\n#endif  // {macro}\n"]
        result += part
    left = sorted(
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "arena").rglob("*.hpp")
        if path.resolve() not in done
    )
    if left:
        sys.exit(f"FAILED: no part of the single file has {', '.join(left)} (tests/single_file/make.py)")
    return "".join(result)


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
