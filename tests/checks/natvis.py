#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that the views of arena.natvis fit the headers: it is well-formed, every type it names is
there, under the inline namespace of this version, and so is every member, and every type that gdb has a
view of has one here."""

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


def expressions(node):
    """The expressions in a node and below it."""
    tag = node.tag.removeprefix(NAMESPACE)
    for attribute in ("Expression", "Condition"):
        if attribute in node.attrib:
            yield node.attrib[attribute]
    if tag == "DisplayString":
        yield from re.findall(r"(?<!\{)\{([^{}]+)\}", node.text)
    elif tag != "Type" and node.text and node.text.strip():
        yield node.text
    for child in node:
        yield from expressions(child)


def main():
    sources = "\n".join(path.read_text(encoding="utf-8") for path in sorted(FOLDER.rglob("*.hpp")))
    code = re.sub(r"//.*", "", sources)
    prefix = f"arena::v{version()}"
    problems = []
    viewed = set()
    views = 0
    for view in xml.etree.ElementTree.parse(FOLDER / "arena.natvis").getroot().iter(NAMESPACE + "Type"):
        views += 1
        alternatives = [node.attrib["Name"] for node in view.iter(NAMESPACE + "AlternativeType")]
        for name in [view.attrib["Name"]] + alternatives:
            match = re.fullmatch(rf"{prefix}(?:_asan)?(?:_noexceptions)?::((?:detail::)?)(\w+)(?:<\*>)?", name)
            if not match:
                problems.append(f"{name}: not a name in {prefix}...")
            elif not re.search(rf"\b(?:class|struct)\s+(?:\[\[\w+\]\]\s+)?(?:\w+\(\w+\)\s+)?{match[2]}\b[^;]*?\{{", code):
                problems.append(f"{name}: there is no such class")
            else:
                viewed.add(match[2])
        own = {node.attrib["Name"] for node in view.iter(NAMESPACE + "Intrinsic")}
        for expression in expressions(view):
            for word in re.findall(r"[A-Za-z_]\w*", expression):
                # A member's declaration ends with ;, =, { or a comma.
                member = re.search(rf"[\w>*&]\s+[*&]?\b{word}\s*(?:;|=|\{{|,)|,\s*{word}\s*[;,]|\*{word}\)", code)
                if word not in KNOWN | own and not member:
                    problems.append(f"{view.attrib['Name']}: no member is called {word}")
    printers = (FOLDER / "arena_gdb.py").read_text(encoding="utf-8")
    for name in re.findall(r'^    "(\w+)": \w+,$', printers[printers.index("VIEWS = {"):], re.MULTILINE):
        # What derives from a viewed class is shown as that one.
        bases = re.findall(rf"class {name}\b[^:;{{]*: public (\w+)", code)
        if not viewed & {name, *bases}:
            problems.append(f"arena.natvis has no view of {name}, arena_gdb.py has")
    if views == 0:
        problems.append("arena.natvis has no view")
    for problem in problems:
        print("FAILED:", problem)
    print(f"{views} views looked at")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
