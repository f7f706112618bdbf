#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that the views of arena.natvis fit the headers: it is well-formed, every type it names is
there, under the inline namespace of this version, and so is every member, in the class that is viewed where a
path starts there, and every type that gdb has a view of has one here. --self-test breaks a view and
expects to be told."""

import pathlib
import re
import sys
import xml.etree.ElementTree

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "include" / "arena"
NAMESPACE = "{http://schemas.microsoft.com/vstudio/debugger/natvis/2010}"
# What an expression may say besides members.
KNOWN = {"size_t", "void", "this", "s8"}


def version():
    text = (FOLDER / "version.hpp").read_text(encoding="utf-8")
    return "_".join(re.search(rf"ARENA_VERSION_{part} (\d+)", text)[1] for part in ("MAJOR", "MINOR"))


# What is said of the nodes of a list, not of the object that has it.
OF_NODES = {"NextPointer", "ValueNode"}


def classes(code):
    """{name: (names of its bases, what is between its braces)}"""
    found = {}
    head = r"\b(?:class|struct)\s+(?:(?:\[\[\w+\]\]|ARENA_NODISCARD)\s+)?(?:alignas\(\w+\)\s+)?(\w+)\s*(?::([^;{()]*))?\{"
    for match in re.finditer(head, code):
        depth, end = 1, match.end()
        while depth != 0:
            depth += {"{": 1, "}": -1}.get(code[end], 0)
            end += 1
        found[match[1]] = (re.findall(r"(?:public|private)\s+(?:\w+::)*(\w+)", match[2] or ""), code[match.end():end])
    return found


def scope(name, found):
    """What a class and its bases, as far as they are the library's, have between their braces."""
    bases, body = found.get(name, ([], ""))
    return body + "".join(scope(base, found) for base in bases)


def declares(text, word):
    """Whether there is a member of this name: its declaration ends with ;, =, { or a comma."""
    return re.search(rf"[\w>*&]\s+[*&]?\b{word}\s*(?:;|=|\{{|,)|,\s*{word}\s*[;,]|\*{word}\)", text)


def expressions(node):
    """The expressions in a node and below it, each with whether it is of the object that is viewed."""
    tag = node.tag.removeprefix(NAMESPACE)
    for attribute in ("Expression", "Condition"):
        if attribute in node.attrib:
            yield node.attrib[attribute], tag not in OF_NODES
    if tag == "DisplayString":
        for expression in re.findall(r"(?<!\{)\{([^{}]+)\}", node.text):
            yield expression, True
    elif tag != "Type" and node.text and node.text.strip():
        yield node.text, tag not in OF_NODES
    for child in node:
        yield from expressions(child)


def check(natvis):
    """Returns the problems of the views, as sentences, and how many views there are."""
    sources = "\n".join(path.read_text(encoding="utf-8") for path in sorted(FOLDER.rglob("*.hpp")))
    code = re.sub(r"//.*", "", sources)
    found = classes(code)
    prefix = f"arena::v{version()}"
    problems = []
    viewed = set()
    views = 0
    for view in xml.etree.ElementTree.fromstring(natvis).iter(NAMESPACE + "Type"):
        views += 1
        alternatives = [node.attrib["Name"] for node in view.iter(NAMESPACE + "AlternativeType")]
        for name in [view.attrib["Name"]] + alternatives:
            match = re.fullmatch(rf"{prefix}(?:_asan)?(?:_noexceptions)?(?:_nortti)?::((?:detail::)?)(\w+)(?:<\*>)?", name)
            if not match:
                problems.append(f"{name}: not a name in {prefix}...")
            elif not re.search(rf"\b(?:class|struct)\s+(?:(?:\[\[\w+\]\]|ARENA_NODISCARD)\s+)?(?:\w+\(\w+\)\s+)?{match[2]}\b[^;]*?\{{", code):
                problems.append(f"{name}: there is no such class")
            else:
                viewed.add(match[2])
        own = {node.attrib["Name"] for node in view.iter(NAMESPACE + "Intrinsic")}
        viewed_class = re.search(r"(\w+)(?:<\*>)?$", view.attrib["Name"])[1]
        for expression, of_the_object in expressions(view):
            for match in re.finditer(r"(\.|->)?\b([A-Za-z_]\w*)", expression):
                word = match[2]
                if word in KNOWN | own:
                    continue
                if not declares(code, word):
                    problems.append(f"{view.attrib['Name']}: no member is called {word}")
                elif of_the_object and not match[1] and not declares(scope(viewed_class, found), word):
                    problems.append(f"{view.attrib['Name']}: {viewed_class} has no member {word}")
    printers = (FOLDER / "arena_gdb.py").read_text(encoding="utf-8")
    for name in re.findall(r'^    "(\w+)": \w+,$', printers[printers.index("VIEWS = {"):], re.MULTILINE):
        # What derives from a viewed class is shown as that one.
        bases = re.findall(rf"class {name}\b[^:;{{]*: public (\w+)", code)
        if not viewed & {name, *bases}:
            problems.append(f"arena.natvis has no view of {name}, arena_gdb.py has")
    if views == 0:
        problems.append("arena.natvis has no view")
    return problems, views


def self_test(natvis):
    """Breaks one view at a time; every break has to be found."""
    breaks = {
        "no member is called": ("bytes_.write_", "bytes_.written_"),
        "ArenaBuffer has no member": ("*bytes_.arena_", "*arena_"),
        "there is no such class": ("::ArenaScope", "::ArenaScoop"),
        "not a name in": ("arena::v", "arena::w"),
    }
    failures = []
    for expected, (old, new) in breaks.items():
        broken = natvis.replace(old, new)
        if broken == natvis or not any(expected in problem for problem in check(broken)[0]):
            failures.append(f"not found: {new} instead of {old}")
    return failures


def main():
    natvis = (FOLDER / "arena.natvis").read_text(encoding="utf-8")
    if sys.argv[1:] == ["--self-test"]:
        problems = self_test(natvis)
    else:
        problems, views = check(natvis)
        print(f"{views} views looked at")
    for problem in problems:
        print("FAILED:", problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
