#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""readme.py [--compiler CXX] [--flags FLAGS] [--page PAGE]: all that the pages for users show is true.

A comment directly above a fenced block says how it is checked; a block of commands or code without
one is an error, blocks marked as text are left alone. Links within the repository lead somewhere.

  <!-- run: NAME -->      bash executes it at the top of the repository (of a copy of it, so that no
                          build directory is touched); one of README.md has to be named "quickstart"
  <!-- output: NAME -->   what the commands of that name print; addresses, times and threads may differ
  <!-- cpp: NAME -->      the statements compile with <cassert> and <arena/arena.hpp>, in a function that
                          has an arena::MonotonicArena a, and none of their assertions fails
  <!-- program: NAME -->  a whole program that compiles and ends with status 0
  <!-- cmake: NAME -->    finds the library for a CMakeLists.txt whose program, app, is the quickstart and
                          links to arena::arena; the repository lies in third_party/arena, what the
                          commands installed in ~/.local
  <!-- from: FILE -->     an excerpt of that file, word for word

--self-test checks the checker.
"""

import argparse
import collections
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

MARK = re.compile(r"<!-- *(run|output|cpp|program|cmake|from): *([\w./-]+) *-->[ \t]*")
FENCE = re.compile(r"(```+|~~~+)[ \t]*([\w+-]*)")
SKIPPED = 77
# Set while a block runs: should it start the tests, they do not start over.
INSIDE = "ARENA_README_BLOCK"
WARNINGS = ["-Wall", "-Wextra", "-Werror", "-Wno-unused-variable", "-Wno-unused-but-set-variable"]

PAGES = ("README.md", "examples/README.md", "include/arena/GUIDE.md")
KINDS = ("run", "output", "cpp", "program", "cmake", "from")

# What differs from run to run.
DIFFERS = re.compile(r"0x[0-9a-f]+|\b[0-9]+ (?=(us|ms|s) ago)|(?<=thread )[0-9]+")

# line: where the body starts, counted from 1
Block = collections.namedtuple("Block", "page name body line")


def parse(text, page="README.md"):
    """Returns ({kind: [block]}, [problem])."""
    blocks = {kind: [] for kind in KINDS}
    problems = []
    lines = text.split("\n")
    mark, number = None, 0
    while number < len(lines):
        line = lines[number]
        number += 1
        fence = FENCE.match(line)
        if fence:
            closing = next((i for i in range(number, len(lines)) if lines[i].rstrip() == fence[1]), len(lines))
            body = "".join(part + "\n" for part in lines[number:closing])
            if mark:
                blocks[mark[1]].append(Block(page, mark[2], body, number + 1))
            elif fence[2] != "text":
                problems.append(f"{page}:{number}: a block of {fence[2] or 'anything'} that nothing checks")
            mark, number = None, closing + 1
            continue
        if mark:
            problems.append(f"{page}: <!-- {mark[1]}: {mark[2]} --> is not directly above a fenced block")
        mark = MARK.fullmatch(line)
    for kind in ("run", "output", "cpp", "program", "cmake"):
        for name, count in collections.Counter(block.name for block in blocks[kind]).items():
            if count > 1:
                problems.append(f"{page}: there are {count} blocks {kind}: {name}")
    return blocks, problems


def copy_of(root, folder):
    """Returns a copy of the repository in the folder."""
    shutil.copytree(root, folder, symlinks=True,
                    ignore=shutil.ignore_patterns("build", "build-*", ".git", ".cache"))
    return folder


def run(command, **more):
    """Runs it and returns (status, standard output, standard output and error)."""
    result = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, check=False, **more)
    return result.returncode, result.stdout, result.stdout + result.stderr


def check_links(text, root, page):
    """Links to files of the repository, and to headings of the page itself, lead somewhere."""
    problems = []
    prose = re.sub(r"(?ms)^(```+|~~~+).*?^\1[ \t]*$", "", text)
    linked = re.sub(r"`[^`\n]*`", "", prose)
    anchors = {re.sub(r"[^\w -]", "", title.lower()).strip().replace(" ", "-")
               for title in re.findall(r"(?m)^#+ +(.*)$", prose)}
    for target in re.findall(r"\]\(([^)\s]+)\)", linked):
        path, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        if path and not ((root / page).parent / path).exists():
            problems.append(f"{page}: there is no {path}")
        elif not path and anchor not in anchors:
            problems.append(f"{page}: there is no heading #{anchor}")
    return problems


def check_commands(blocks, root, work, page):
    problems = []
    outputs = {block.name: block.body for block in blocks["output"]}
    names = {block.name for block in blocks["run"]}
    if page == PAGES[0] and "quickstart" not in names:
        problems.append(f"{page}: there is no block below <!-- run: quickstart -->")
    for name in outputs.keys() - names:
        problems.append(f"{page}: output for {name}, but nothing to run of that name")
    for index, block in enumerate(blocks["run"]):
        copy = copy_of(root, work / f"run-{index}" / "arena")
        environment = {**os.environ, INSIDE: block.name, "HOME": str(work / "home")}
        status, printed, messages = run(["bash", "-euo", "pipefail", "-c", block.body], cwd=copy,
                                        env=environment)
        print(f"--- {block.name}\n{block.body}{messages}", flush=True)
        if status != 0:
            problems.append(f"{page}: {block.name} ends with status {status}")
        if block.name in outputs and DIFFERS.sub("?", printed.strip()) != DIFFERS.sub("?", outputs[block.name].strip()):
            problems.append(f"{page}: {block.name} does not print what the page shows:\n"
                            f"{outputs[block.name]}")
    return problems


def build(source, program, root, compiler, flags):
    """Compiles and links; returns (status, messages)."""
    status, _, messages = run([compiler, "-std=c++20", *WARNINGS, *flags, f"-I{root / 'include'}",
                               str(source), "-pthread", "-o", str(program)])
    return status, messages


def check_programs(blocks, root, work, compiler, flags):
    problems = []
    for index, block in enumerate(blocks["program"]):
        source, program = work / f"program-{index}.cpp", work / f"program-{index}"
        source.write_text(f'#line {block.line} "{block.page}"\n{block.body}', encoding="utf-8")
        status, messages = build(source, program, root, compiler, flags)
        if status != 0:
            problems.append(f"{block.page}: {block.name} does not compile:\n{messages}")
            continue
        status, _, messages = run([str(program)])
        print(f"--- {block.name}\n{messages}", flush=True)
        if status != 0:
            problems.append(f"{block.page}: {block.name} ends with status {status}")
    return problems


def check_statements(blocks, root, work, compiler, flags):
    """One program of all statements; messages name their line in the page."""
    if not blocks["cpp"]:
        return []
    includes, functions, calls = [f"#include <{name}>" for name in ("arena/arena.hpp", "cassert", "cstdio")], [], []
    for index, block in enumerate(blocks["cpp"]):
        statements = []
        for line in block.body.splitlines():
            (includes if line.startswith("#include") else statements).append(line)
            if line.startswith("#include"):
                statements.append("")
        functions += [f"static void Block{index}() {{", "[[maybe_unused]] arena::MonotonicArena a;", "{",
                      f'#line {block.line} "{block.page}"', *statements, "}", "}"]
        calls.append(f'std::puts("{block.name}"); Block{index}();')
    source = work / "statements.cpp"
    source.write_text("\n".join([*dict.fromkeys(includes), *functions, "int main() {",
                                 "std::setvbuf(stdout, nullptr, _IONBF, 0);", *calls, "}", ""]),
                      encoding="utf-8")
    program = work / "statements"
    page = blocks["cpp"][0].page
    status, messages = build(source, program, root, compiler, flags)
    if status != 0:
        return [f"{page}: a block of C++ does not compile:\n{messages}"]
    status, printed, messages = run([str(program)])
    print(f"--- statements\n{messages}", flush=True)
    if status != 0:
        last = printed.splitlines()[-1] if printed else "(the first)"
        return [f"{page}: {last} ends with status {status}"]
    return []


def repository_of(folder, tag):
    """Makes a repository of the folder, with a branch of that name, and returns its address."""
    git = ["git", "-C", str(folder), "-c", "user.name=test", "-c", "user.email=test@example.org"]
    for words in (["init", "-q", "-b", tag], ["add", "-A"], ["commit", "-q", "-m", "all"]):
        run(git + words)
    return f"file://{folder}"


def check_projects(blocks, root, work, compiler):
    problems = []
    for index, block in enumerate(blocks["cmake"]):
        project = work / f"cmake-{index}"
        project.mkdir()
        copy = copy_of(root, project / "third_party" / "arena")
        shutil.copy(root / "examples" / "quickstart.cpp", project / "main.cpp")
        (project / "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.23)\nproject(app LANGUAGES CXX)\nadd_executable(app main.cpp)\n"
            + block.body + "target_link_libraries(app PRIVATE arena::arena)\n", encoding="utf-8")
        build = project / "build"
        options = [f"-DCMAKE_CXX_COMPILER={compiler}", f"-DCMAKE_PREFIX_PATH={work / 'home' / '.local'}"]
        if tag := re.search(r"\$\{ARENA_REPOSITORY\} GIT_TAG (\S+?)\)", block.body):
            options.append(f"-DARENA_REPOSITORY={repository_of(copy, tag[1])}")
        for command in (["cmake", "-S", project, "-B", build, *options],
                        ["cmake", "--build", build], [build / "app"]):
            status, _, messages = run([str(word) for word in command])
            if status != 0:
                problems.append(f"{block.page}: {block.name}: {command[0]} ends with status {status}:\n{messages}")
                break
        else:
            print(f"--- {block.name}: fine", flush=True)
    return problems


def check_page(root, page, compiler, flags):
    text = (root / page).read_text(encoding="utf-8")
    blocks, problems = parse(text, page)
    problems += check_links(text, root, page)
    for block in blocks["from"]:
        path = root / block.name
        source = path.read_text(encoding="utf-8") if path.is_file() else ""
        if not block.body.strip() or block.body.rstrip("\n") not in source:
            problems.append(f"{page}:{block.line}: this is not in {block.name}")
    with tempfile.TemporaryDirectory() as temporary:
        work = pathlib.Path(temporary)
        (work / "home").mkdir()
        problems += check_commands(blocks, root, work, page)
        problems += check_statements(blocks, root, work, compiler, flags)
        problems += check_programs(blocks, root, work, compiler, flags)
        problems += check_projects(blocks, root, work, compiler)
    return problems


def check(root, compiler="c++", flags=(), pages=PAGES):
    """Returns the problems found, as sentences."""
    return [problem for page in pages if (root / page).exists()
            for problem in check_page(root, page, compiler, flags)]


def self_test(compiler):
    """Each README has to lead to just this complaint, or to none."""
    block = "```sh\necho hello | tr h j\n```\n"
    start = "<!-- run: quickstart -->\n" + block

    def cpp(*lines):
        return start + "<!-- cpp: this -->\n```cpp\n" + "\n".join(lines) + "\n```\n"

    def cmake(*lines):
        return start + "<!-- cmake: this -->\n```cmake\n" + "\n".join(lines) + "\n```\n"

    cases = [
        (start, None),
        (start + "<!-- output: quickstart -->\n```\njello\n```\n", None),
        (start + "<!-- output: quickstart -->\n```\nhello\n```\n", "does not print"),
        ("<!-- run: quickstart -->\n```sh\necho at 0x1f, 12 us ago by thread 7\n```\n<!-- output: quickstart -->\n"
         "```\nat 0x2, 3 us ago by thread 8\n```\n", None),
        (start + "<!-- output: other -->\n```\nhello\n```\n", "nothing to run"),
        (start + start, "2 blocks run: quickstart"),
        ("", "no block below"),
        (start + block, "nothing checks"),
        (start + "```\nx\n```\n", "nothing checks"),
        (start + "```text\nx\n<!-- run: this -->\n```\n", None),
        (start + "<!-- run: other -->\n\n", "directly above"),
        ("<!-- run: quickstart -->\n```sh\nfalse | true\n```\n", "ends with status"),
        ("<!-- run: quickstart -->\n```sh\nfalse\ntrue\n```\n", "ends with status"),
        ("<!-- run: quickstart -->\n```sh\ntest -f README.md\n```\n", None),
        (start + "<!-- from: src/file -->\n```cpp\nsecond\n```\n", None),
        (start + "<!-- from: src/file -->\n```cpp\nsecond\nfirst\n```\n", "not in src/file"),
        (start + "<!-- from: src/none -->\n```cpp\nsecond\n```\n", "not in src/none"),
        (cpp("#include <cassert>", "assert(a.value == 1);"), None),
        (cpp("#include <cassert>", "assert(a.value == 2);"), "this ends with status"),
        (cpp("int i = a.nothing;"), "README.md:7"),
        (start + "<!-- program: this -->\n```cpp\nint main() {}\n```\n", None),
        (start + "<!-- program: this -->\n```cpp\nint main() { return 1; }\n```\n", "this ends with status"),
        (start + "<!-- program: this -->\n```cpp\nint main() {\n```\n", "this does not compile"),
        (start + "# A heading: `x`\n[a](#a-heading-x), [b](src/file#L1), [c](https://example.org)\n", None),
        (start + "[a](#no-heading)\n", "no heading #no-heading"),
        (start + "[a](src/none)\n", "there is no src/none"),
        (cmake("add_subdirectory(third_party/arena)"), None),
        (cmake("add_subdirectory(third_party/other)"), "this: cmake ends with status"),
    ]
    failures = []
    for text, expected in cases:
        with tempfile.TemporaryDirectory() as temporary:
            root = pathlib.Path(temporary) / "arena"
            for name, content in {
                    "README.md": text, "src/file": "first\nsecond\n",
                    "CMakeLists.txt": "add_library(arena INTERFACE)\nadd_library(arena::arena ALIAS arena)\n",
                    "examples/quickstart.cpp": "int main() {}\n",
                    "include/arena/arena.hpp": "namespace arena { struct MonotonicArena { int value = 1; }; }\n",
            }.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(content, encoding="utf-8")
            problems = check(root, compiler)
            right = not problems if expected is None else len(problems) == 1 and expected in problems[0]
            if not right:
                failures.append(f"expected {expected!r}, got {problems} for:\n{text}")
    print(f"{len(cases)} cases")
    return failures


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--compiler", default="c++")
    parser.add_argument("--flags", default="")
    parser.add_argument("--page", choices=PAGES, help="only this page")
    parser.add_argument("--self-test", action="store_true")
    options = parser.parse_args()
    root = pathlib.Path(__file__).resolve().parents[2]
    if options.self_test:
        problems = self_test(options.compiler)
    elif os.environ.get(INSIDE):
        print("skipped: this run was started by a block of the README")
        return SKIPPED
    elif not (root / "README.md").exists():
        print("skipped: there is no README.md")
        return SKIPPED
    else:
        problems = check(root, options.compiler, options.flags.split(),
                         [options.page] if options.page else PAGES)
    for problem in problems:
        print("FAILED:", problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
