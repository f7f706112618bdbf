# SPDX-License-Identifier: Apache-2.0
"""Views of arenas, scopes, slices, buffers and allocators for gdb.

    source .../include/arena/arena_gdb.py

in gdb, in ~/.gdbinit or in a .gdbinit of the project; from then on `print` shows what is in them:

    (gdb) print a
    $1 = arena::MonotonicArena with 5436 of 32768 bytes in use, peak 29512 = {
      full = 4096 bytes: 3584 in use, 80 left behind, 432 in cleanup records,
      window = 4096 bytes: 1852 in use, 2004 free, 240 in cleanup records,
      spare = 4096 bytes, unused aside = 20480 bytes}

Reads the members of the classes, calls nothing, and works on a core file as well.
"""

import re

import gdb
import gdb.printing

# The types live in an inline namespace whose name depends on the build, arena::v0_1_asan for one.
NAME = re.compile(r"^arena::(?:v\w+::)?(\w+)(?:<.*>)?$")

# A damaged list, or one that is not there yet, must not keep gdb busy for ever.
MOST = 10000


def class_name(value_type):
    """The name of a class of the library without namespaces and arguments, or None."""
    value_type = value_type.strip_typedefs()
    if value_type.code in (gdb.TYPE_CODE_REF, gdb.TYPE_CODE_RVALUE_REF):
        value_type = value_type.target().strip_typedefs()
    match = NAME.match(value_type.unqualified().name or "")
    return match[1] if match else None


def plain_name(value):
    """How users write the type: without the inline namespace."""
    return re.sub(r"\barena::v\w+::", "arena::", str(value.type.strip_typedefs().unqualified()))


def walk(pointer, link):
    """The objects of a list that is linked by the member `link`."""
    for _ in range(MOST):
        if not pointer:
            return
        yield pointer
        pointer = pointer[link]


def plural(count, noun):
    return f"{count} {noun}" + ("" if count == 1 else "s")


def cursor_of(arena):
    """The next free byte; the arena keeps the address before it."""
    last = arena["last_"]
    return (int(last) + 1) % 2 ** (8 * last.type.sizeof)


class MonotonicArena:
    """Also of InlineArena and of what else derives from it."""

    def __init__(self, value):
        self.value = value
        self.store = value["store_"]
        self.current = value["current_"]
        self.cursor = cursor_of(value)
        self.limit = int(value["limit_"])
        self.begin = int(value["window_begin_"])

    def length(self):
        return int(self.value["left_"]["len"]) + self.cursor - self.begin

    def to_string(self):
        length = self.length()
        scopes = sum(1 for _ in walk(self.value["innermost_"], "outer"))
        return (
            f"{plain_name(self.value)} with {length} of {int(self.store['cap_'])} bytes in use, "
            f"peak {max(length, int(self.value['peak_']))}"
            + (f", {plural(scopes, 'open scope')}" if scopes else "")
        )

    def describe(self, buffer, cursor, limit, rest):
        begin, end = int(buffer["begin"]), int(buffer["end"])
        parts = [(cursor - begin, "in use"), (limit - cursor, rest), (end - limit, "in cleanup records")]
        return f"{end - begin} bytes: " + ", ".join(f"{size} {what}" for size, what in parts if size)

    def children(self):
        used = bool(self.current)
        for buffer in walk(self.store["chain_"]["first_"], "next"):
            if not used:
                yield "spare", f"{int(buffer['end']) - int(buffer['begin'])} bytes"
            elif buffer == self.current and self.begin:
                yield "window", self.describe(buffer, self.cursor, self.limit, "free")
            else:
                cursor, limit = int(buffer["left_cursor"]), int(buffer["left_limit"])
                yield "full", self.describe(buffer, cursor, limit, "left behind")
            if buffer == self.current:
                used = False
        yield from self.aside()

    def aside(self):
        dedicated = self.store["dedicated_"]
        taken = [int(buffer) for buffer in walk(dedicated["last_taken_"], "taken_before")]
        heads = dedicated["heads_"]
        count = heads.type.sizeof // gdb.lookup_type("void").pointer().sizeof
        pointer = dedicated["last_taken_"].type.pointer()
        first = heads.address.cast(pointer)
        unused = []
        for slot in range(count):
            for head in walk(first[slot], "next_head"):
                for buffer in walk(head, "next"):
                    if int(buffer) in taken:
                        yield "aside", f"{int(buffer['size'])} bytes"
                    else:
                        unused.append(int(buffer["size"]))
        for size in unused:
            yield "unused aside", f"{size} bytes"


class Arena:
    """An arena of one's own: what its base class knows."""

    def __init__(self, value):
        self.value = value

    def cleanups(self):
        # Records are pairs of a function and its argument; without a function it is a link.
        words = gdb.lookup_type("void").pointer().pointer()
        count = 0
        record = int(self.value["records_"]["newest_"])
        for _ in range(MOST):
            if record == 0:
                break
            function, argument = (gdb.Value(record).cast(words)[i] for i in (0, 1))
            if int(function) != 0:
                count += 1
                record += 2 * words.sizeof
            else:
                record = int(argument)
        return count

    def to_string(self):
        cursor, limit = cursor_of(self.value), int(self.value["limit_"])
        window = f"{limit - cursor} bytes free in its window" if limit else "no window"
        return f"{plain_name(self.value)} with {window}, {plural(self.cleanups(), 'cleanup')}"


class ConcurrentArena:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        mutex = str(self.value.type.strip_typedefs().template_argument(0))
        standard = re.fullmatch(r"std::(\w+::)?mutex", mutex)
        kind = "ConcurrentArena" if standard else f"BasicConcurrentArena<{mutex}>"
        return f"arena::{kind}"

    def children(self):
        yield "base", self.value["base_"]


class ArenaScope:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        mark = self.value["mark_"]
        length = int(mark["left"]["len"]) + int(mark["window"]["cursor"]) - int(mark["window_begin"])
        return f"arena::ArenaScope, opened at {length} bytes"

    def children(self):
        yield "arena", self.value["arena_"]


class Slice:
    def __init__(self, value):
        self.value = value
        self.length = int(value["size_"])

    def to_string(self):
        # The two highest bits are flags in a slice of what is not trivially copyable.
        bits = 8 * self.value["capacity_"]["word"].type.sizeof - 2
        capacity = int(self.value["capacity_"]["word"]) & ((1 << bits) - 1)
        return f"{plain_name(self.value)} of length {self.length}, capacity {capacity}"

    def children(self):
        for i in range(self.length):
            yield f"[{i}]", self.value["data_"][i]

    def display_hint(self):
        return "array"


class ArenaBuffer:
    def __init__(self, value):
        self.bytes = value["bytes_"]
        self.unread = int(self.bytes["write_"]) - int(self.bytes["read_"])

    def to_string(self):
        capacity = int(self.bytes["limit_"]) - int(self.bytes["begin_"])
        return f"arena::ArenaBuffer of {self.unread} unread bytes, {capacity} in all"

    def children(self):
        if self.unread:
            yield "unread", self.bytes["read_"].lazy_string(length=self.unread)


class Allocator:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        return f"{plain_name(self.value)} of the arena at {hex(int(self.value['arena_']))}"


VIEWS = {
    "Allocator": Allocator,
    "Arena": Arena,
    "ArenaBuffer": ArenaBuffer,
    "ArenaScope": ArenaScope,
    "BasicConcurrentArena": ConcurrentArena,
    "InlineArena": MonotonicArena,
    "MonotonicArena": MonotonicArena,
    "Slice": Slice,
}


class Views(gdb.printing.PrettyPrinter):
    """What gdb asks for a view of a value."""

    def __init__(self):
        super().__init__("arena")

    def __call__(self, value):
        name = class_name(value.type)
        if name not in VIEWS:
            return None
        if value.type.strip_typedefs().code in (gdb.TYPE_CODE_REF, gdb.TYPE_CODE_RVALUE_REF):
            value = value.referenced_value()
        if name == "Arena":
            # Seen through the interface: as what it is, if that is one of the library's.
            derived = value.dynamic_type
            derived_name = class_name(derived)
            if derived_name in VIEWS and derived_name != name:
                return VIEWS[derived_name](value.cast(derived))
        return VIEWS[name](value)


gdb.printing.register_pretty_printer(gdb.current_objfile(), Views(), replace=True)
