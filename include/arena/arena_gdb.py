# SPDX-License-Identifier: Apache-2.0
"""Views of arenas, leases, pools, scopes, slices, buffers and allocators for gdb.

    source .../include/arena/arena_gdb.py

in gdb, in ~/.gdbinit or in a .gdbinit of the project; from then on `print` shows what is in them:

    (gdb) print a
    $1 = arena::MonotonicArena with 5436 of 32768 bytes in use, peak 29512 = {
      retired = 4096 bytes, window = 4096 bytes: 1852 in use, 2004 free, 240 in cleanup records,
      spare = 4096 bytes, spare oversized = 20480 bytes}

An arena that is seen through arena::Arena& is shown as the class of the library that it is or derives
from. Reads the members of the classes, calls nothing, and works on a core file as well.
"""

import re

import gdb
import gdb.printing

# The types live in an inline namespace whose name depends on the build, arena::v0_2_asan for one.
NAME = re.compile(r"^arena::(?:v\w+::)?(\w+)(?:<.*>)?$")

# A damaged list, or one that is not there yet, must not keep gdb busy for ever.
MAX_STEPS = 10000


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


def is_readable(value):
    """Whether the memory of an object can be read; before its constructor has run it may not be there."""
    try:
        if value.type.strip_typedefs().code in (gdb.TYPE_CODE_REF, gdb.TYPE_CODE_RVALUE_REF):
            value = value.referenced_value()
        value.fetch_lazy()
    except gdb.MemoryError:
        return False
    return True


def walk(pointer, link):
    """The objects of a list that is linked by the member `link`, up to one that cannot be read."""
    for _ in range(MAX_STEPS):
        if not pointer or not is_readable(pointer[link]):
            return
        yield pointer
        pointer = pointer[link]


def with_own_names(children):
    """Children of the same name are numbered: gdb/MI, which IDEs speak, wants each name once."""
    seen = {}
    for name, child in children:
        seen[name] = seen.get(name, 0) + 1
        yield (name if seen[name] == 1 else f"{name} {seen[name]}"), child


# ---- The most derived type of an object that is seen through a base class --------------------------------
# gdb's own dynamic_type looks for a type by the name in the vtable's symbol. That fails for a template with
# numbers for arguments, which g++ writes as InlineArena<256ul> there and as InlineArena<256> elsewhere, and
# does not say what a class of the program derives from. The run-time type information does: it is read
# here, in the form that the Itanium C++ ABI lays down, and without it the types that gdb knows.


def words_at(address):
    """Memory as an array of words."""
    return gdb.Value(address).cast(gdb.lookup_type("unsigned long").pointer())


def signed(word):
    bits = 8 * gdb.lookup_type("long").sizeof
    return word - (1 << bits) if word >> (bits - 1) else word


def typeinfo_name(typeinfo):
    """The mangled name of a type, or None."""
    try:
        name = gdb.Value(int(words_at(typeinfo)[1])).cast(gdb.lookup_type("char").pointer()).string()
    except (gdb.error, UnicodeDecodeError):
        return None
    return name.lstrip("*")


def demangled(name):
    answer = gdb.execute(f"demangle -l c++ -- _ZTI{name}", to_string=True).strip()
    prefix = "typeinfo for "
    return answer[len(prefix):] if answer.startswith(prefix) else None


def type_by_name(name):
    """The type that a demangled name means, in whichever way the compiler writes numbers, or None."""
    for spelling in (name, re.sub(r"\b(\d+)[uU]?[lL]{0,2}\b", r"\1", name)):
        try:
            return gdb.lookup_type(spelling)
        except gdb.error:
            pass
    return None


def bases(typeinfo):
    """The type information of the direct bases, and where they lie; not of virtual ones."""
    kind = typeinfo_kind(typeinfo)
    words = words_at(typeinfo)
    if kind == "single":
        return [(int(words[2]), 0)]
    if kind == "several":
        count = int(gdb.Value(typeinfo + 2 * words.type.target().sizeof + 4).cast(
            gdb.lookup_type("unsigned int").pointer()).dereference())
        pairs = [(int(words[3 + 2 * i]), signed(int(words[4 + 2 * i]))) for i in range(min(count, 100))]
        return [(base, flags >> 8) for base, flags in pairs if not flags & 1]
    return []


def typeinfo_kind(typeinfo):
    """The kind of type information, one of the ABI's classes; it tells how many bases there are."""
    symbol = gdb.execute(f"info symbol {int(words_at(typeinfo)[0])}", to_string=True)
    if "__si_class_type_info" in symbol:
        return "single"
    if "__vmi_class_type_info" in symbol:
        return "several"
    return "none"


def without_rtti(vtable, complete, views):
    """Finds the most derived type by the name of the virtual table, which needs no type information."""
    match = re.match(r"vtable for (.*) \+ \d+ in section", gdb.execute(f"info symbol {vtable}", to_string=True))
    found = type_by_name(match[1]) if match else None
    waiting = [gdb.Value(complete).cast(found.pointer()).dereference()] if found is not None else []
    while waiting:
        value = waiting.pop(0)
        if class_name(value.type) in views:
            return value
        waiting += [value[field] for field in value.type.fields() if field.is_base_class]
    return None


def as_what_it_is(value, views):
    """The object that an arena::Arena is a part of, as the most derived type that has a view, or None."""
    try:
        address = int(value.address)
        vtable = int(words_at(address)[0])
        word = gdb.lookup_type("unsigned long").sizeof
        above = words_at(vtable - 2 * word)
        complete, typeinfo = address + signed(int(above[0])), int(above[1])
        if not typeinfo:
            return without_rtti(vtable, complete, views)
        waiting = [(typeinfo, complete)]
        for _ in range(100):
            if not waiting:
                break
            typeinfo, place = waiting.pop(0)
            name = typeinfo_name(typeinfo)
            if name is not None and name.startswith("N5arena"):
                found = type_by_name(demangled(name) or name)
                if found is not None and class_name(found) in views:
                    return gdb.Value(place).cast(found.pointer()).dereference()
            waiting += [(base, place + offset) for base, offset in bases(typeinfo)]
    except (gdb.error, OverflowError):
        return None
    return None


def plural(count, noun):
    return f"{count} {noun}" + ("" if count == 1 else "s")


def after(last):
    """The next free byte; a window and its marks keep the address before it."""
    return (int(last) + 1) % 2 ** (8 * last.type.sizeof)


class MonotonicArena:
    """A MonotonicArena, an InlineArena, or a class derived from one."""

    def __init__(self, value):
        self.value = value
        self.round = value["chunks_"]["walk_"]
        self.store = self.round["store_"]
        self.current = self.round["current_"]
        self.cursor = after(value["window_"]["last_used_"])
        self.limit = int(value["window_"]["limit_"])
        self.begin = int(self.round["window_begin_"])

    def length(self):
        return int(self.round["retired_"]["len"]) + self.cursor - self.begin

    def to_string(self):
        length = self.length()
        scopes = sum(1 for _ in walk(self.round["innermost_"], "outer"))
        return (
            f"{plain_name(self.value)} with {length} of {int(self.store['cap_'])} bytes in use, "
            f"peak {max(length, int(self.value['peak_']))}"
            + (f", {plural(scopes, 'open scope')}" if scopes else "")
        )

    def describe_window(self, begin, end):
        parts = [
            (self.cursor - begin, "in use"),
            (self.limit - self.cursor, "free"),
            (end - self.limit, "in cleanup records"),
        ]
        return f"{end - begin} bytes: " + ", ".join(f"{size} {what}" for size, what in parts if size)

    def children(self):
        return with_own_names(self.chunks())

    def chunks(self):
        used = bool(self.current)
        for chunk in walk(self.store["list_"]["first_"], "next"):
            begin, end = int(chunk["begin"]), int(chunk["end"])
            if not used:
                yield "spare", f"{end - begin} bytes"
            elif chunk == self.current and self.begin:
                yield "window", self.describe_window(begin, end)
            else:
                yield "retired", f"{end - begin} bytes"
            if chunk == self.current:
                used = False
        yield from self.oversized()

    def oversized(self):
        chunks = self.store["oversized_"]
        for chunk in walk(chunks["taken_"], "next"):
            yield "oversized", f"{int(chunk['size'])} bytes"
        spares = chunks["spares_"]
        first, last = spares.type.range()
        lists = [chunks["pending_"]]
        for slot in range(first, last + 1):
            lists.extend(walk(spares[slot], "next_class"))
        for chunk in (chunk for head in lists for chunk in walk(head, "next")):
            yield "spare oversized", f"{int(chunk['size'])} bytes"


class VirtualArena(MonotonicArena):
    def to_string(self):
        return f"{super().to_string()}, of {int(self.value['range']['reserved_'])} bytes of addresses"


class Arena:
    """An arena of the user: shows what its base class Arena knows."""

    def __init__(self, value):
        self.value = value

    def cleanups(self):
        # Records are pairs of a function and its argument; without a function it is a link.
        words = gdb.lookup_type("void").pointer().pointer()
        count = 0
        record = int(self.value["window_"]["records_"]["newest_"])
        for _ in range(MAX_STEPS):
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
        limit = int(self.value["window_"]["limit_"])
        cursor = after(self.value["window_"]["last_used_"])
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
        if is_readable(self.value["base_"]):
            yield "base", self.value["base_"]


class ArenaScope:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        mark = self.value["mark_"]
        cursor = after(mark["window"]["last_used_"])
        length = int(mark["retired"]["len"]) + cursor - int(mark["window_begin"])
        return f"arena::ArenaScope, opened at {length} bytes"

    def children(self):
        if is_readable(self.value["arena_"]):
            yield "arena", self.value["arena_"]


class Slice:
    def __init__(self, value):
        self.value = value
        self.length = int(value["size_"])

    def to_string(self):
        # The two highest bits are flags if the elements are not copied as bytes.
        bits = 8 * self.value["capacity_"]["word"].type.sizeof - 2
        capacity = int(self.value["capacity_"]["word"]) & ((1 << bits) - 1)
        return f"{plain_name(self.value)} of length {self.length}, capacity {capacity}"

    def children(self):
        # A slice that is not initialised yet has any length, and IDEs ask for all elements.
        data = self.value["data_"]
        for i in range(min(self.length, MAX_STEPS)):
            if not data or not is_readable(data[i]):
                return
            yield f"[{i}]", data[i]

    def display_hint(self):
        return "array"


class ArenaBuffer:
    def __init__(self, value):
        self.bytes = value["bytes_"]
        begin, read, write, limit = (int(self.bytes[name]) for name in ("begin_", "read_", "write_", "limit_"))
        self.is_sound = begin <= read <= write <= limit
        self.unread = write - read if self.is_sound else 0
        self.capacity = limit - begin

    def to_string(self):
        if not self.is_sound:
            return "arena::ArenaBuffer, not initialised"
        return f"arena::ArenaBuffer of {self.unread} unread bytes, {self.capacity} in all"

    def children(self):
        if self.unread:
            yield "unread", self.bytes["read_"].lazy_string(length=self.unread)


class ArenaLease:
    def __init__(self, value):
        self.arena = value["arena_"]

    def to_string(self):
        return "arena::ArenaLease" if self.arena else "arena::ArenaLease, empty"

    def children(self):
        if self.arena and is_readable(self.arena.dereference()):
            arena = self.arena.dereference()
            yield "arena", arena[arena.type.fields()[0]]  # its base, a MonotonicArena


class ArenaPool:
    def __init__(self, value):
        self.state = value["state_"]

    def to_string(self):
        state = self.state
        open_leases = count = size = 0
        shards = state["shards_"]["shards_"]
        for i in range(shards.type.range()[1] + 1):
            shard = shards[i]
            if not shard or not is_readable(shard.dereference()):
                break
            open_leases += int(shard["counts"]["acquired"]) - int(shard["counts"]["returned"])
            idle = shard["idle"]
            count += int(idle["count_"])
            size += int(idle["bytes_"])
        return (
            f"arena::ArenaPool with {plural(open_leases, 'open lease')}, "
            f"{plural(count, 'idle arena')} of {size} bytes, "
            f"{plural(int(state['keys_']['count_']), 'key')}"
        )


class Allocator:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        return f"{plain_name(self.value)} of the arena at {hex(int(self.value['arena_']))}"


VIEWS = {
    "Allocator": Allocator,
    "Arena": Arena,
    "ArenaBuffer": ArenaBuffer,
    "ArenaLease": ArenaLease,
    "ArenaPool": ArenaPool,
    "ArenaScope": ArenaScope,
    "BasicConcurrentArena": ConcurrentArena,
    "InlineArena": MonotonicArena,
    "MonotonicArena": MonotonicArena,
    "Slice": Slice,
    "VirtualArena": VirtualArena,
}


class Views(gdb.printing.PrettyPrinter):
    """Returns the view of a value, or None; gdb calls it for every value."""

    def __init__(self):
        super().__init__("arena")

    def __call__(self, value):
        name = class_name(value.type)
        if name not in VIEWS:
            return None
        if value.type.strip_typedefs().code in (gdb.TYPE_CODE_REF, gdb.TYPE_CODE_RVALUE_REF):
            value = value.referenced_value()
        if name == "Arena":
            # An object seen through the interface is shown as its own type, or a base of that, if one has a view.
            derived = as_what_it_is(value, VIEWS)
            if derived is not None:
                return VIEWS[class_name(derived.type)](derived)
        return VIEWS[name](value)


gdb.printing.register_pretty_printer(gdb.current_objfile(), Views(), replace=True)
