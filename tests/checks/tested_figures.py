#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tested_figures.py: the counts in the README's section "How it is tested" are those of the tests.

Each count below has to stand there, in a row that has the words beside it.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"


def cases_in(folder):
    """How many cases the first lines of the sources in a folder name: what each of them is to say."""
    return sum(len(set(re.findall(r"^// (?:expect|quote)(?:\((\w+)\))?:", path.read_text(encoding="utf-8"),
                                  re.MULTILINE)))
               for path in (TESTS / folder).glob("*.cpp"))


def kinds_of_steps():
    text = (TESTS / "random" / "program.hpp").read_text(encoding="utf-8")
    body = re.sub(r"//.*", "", re.search(r"enum class Kind[^{]*\{(.*?)kCount", text, re.DOTALL)[1])
    return len(re.findall(r"\bk\w+", body))


def cells():
    printed = subprocess.run(["bash", TESTS / "matrix.sh", "--list"], stdout=subprocess.PIPE, text=True,
                             check=True).stdout
    return len(re.findall(r"^\S", printed, re.MULTILINE))


def counts():
    """[(count, the words that follow it)]"""
    corpus = TESTS / "fuzz" / "corpus"
    mutations = (TESTS / "mutation" / "mutations.txt").read_text(encoding="utf-8")
    return [
        (len(list((TESTS / "unit").rglob("*.cpp"))), "files"),
        (kinds_of_steps(), "kinds of steps"),
        (cases_in("compile_fail"), "mistakes that do not compile"),
        (cases_in("abort"), "that end the program"),
        (len([path for path in corpus.iterdir() if path.is_dir()]), "targets"),
        (len([path for path in corpus.rglob("*") if path.is_file()]), "inputs"),
        (len(re.findall(r"^name:", mutations, re.MULTILINE)), "broken invariants"),
        (cells(), "surroundings"),
    ]


def main():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = re.search(r"^## How it is tested\n(.*?)^## ", readme, re.DOTALL | re.MULTILINE)
    if not section:
        print("FAILED: README.md has no section \"How it is tested\"")
        return 1
    failures = 0
    for count, words in counts():
        found = re.findall(rf"([\d,]+) {words}\b", section[1])
        if found != [f"{count:,}"]:
            print(f"FAILED: README.md, How it is tested: \"{count:,} {words}\" has to stand there once; "
                  f"found {', '.join(found) or 'none'}")
            failures += 1
    print(f"{len(counts())} figures, {failures} wrong")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
