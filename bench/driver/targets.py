# SPDX-License-Identifier: Apache-2.0
"""What the library sets out to reach, and the names that this folder's programs give things.

The only place with such figures: results.md, the README and `run.sh --check` go by these tables.
"""

import collections
import re

# Peers are the programs peer_<name>. Ours, the hand-written floor, and glibc's malloc in either spelling
# are not among those that "the fastest peer" is chosen from, or in the last case, are.
FLOOR = "bump"
GLIBC = ("glibc_malloc", "new_delete")


def is_ours(peer):
    return peer == "arena" or peer.startswith("arena_")


def is_peer(peer):
    return not is_ours(peer) and peer != FLOOR


# against: a peer's name; several names: the fastest of them; BEST: the fastest peer of all.
# in_cases: the cases of those that it is compared with, where they are not the same.
# floor: the (peer, case) that shows what is possible at all, by the same measure; case None: the same one.
BEST = "the fastest peer"
Target = collections.namedtuple("Target", "words cases ours against limit in_cases floor",
                                defaults=((), (FLOOR, None)))
# A buffer that knows how much is coming neither moves nor copies anything.
NO_GROWTH = ("arena", "bytes/expected")

SMALL_10K, SMALL_1M = r"small/(8|16|24|64)B/10k", r"small/(8|16|24|64)B/1M"
PROTOBUF = ("protobuf", "protobuf_buf")
TARGETS = [
    Target("small objects, 10k", SMALL_10K, "arena", GLIBC, 0.09),
    Target("small objects, 10k", SMALL_10K, "arena", BEST, 0.90),
    Target("small objects, 1M", SMALL_1M, "arena", GLIBC, 0.13),
    Target("small objects, 1M", r"small/(8|16|24)B/1M", "arena", BEST, 0.95),
    Target("small objects, 1M", r"small/64B/1M", "arena", BEST, 1.10),
    Target("mixed request, alignments to 16", r"mixed/align16", "arena", GLIBC, 0.08),
    Target("mixed request, alignments to 16", r"mixed/align16", "arena", BEST, 0.90),
    Target("list", r"list/1M", "arena", GLIBC, 0.13),
    Target("list", r"list/1M", "arena", BEST, 0.95),
    Target("tree", r"tree/1M", "arena", GLIBC, 0.14),
    Target("tree", r"tree/1M", "arena", BEST, 0.95),
    Target("append ints (SliceAppend, std::vector)", r"append/ints", "arena", GLIBC, 0.23),
    Target("append ints (SliceAppend, std::vector)", r"append/ints", "arena", BEST, 1.00),
    # Not objects/long_string, whose strings get their bytes from the heap, whoever the peer is.
    Target("objects with destructors", r"objects/short_string", "arena", GLIBC, 0.37),
    Target("objects with destructors", r"objects/short_string", "arena", PROTOBUF, 0.60),
    Target("two threads, an arena each on the shared one", r"threads/64B/2", "arena", GLIBC, 0.13),
    Target("two threads, an arena each on the shared one", r"threads/64B/2", "arena", PROTOBUF, 0.40),
    Target("two threads, an arena each on the shared one", r"threads/64B/2", "arena", ("pmr_mono_mutex",), 0.03),
    Target("byte buffer, reused", r"bytes/reused", "arena", ("std_string",), 1.05),
    Target("byte buffer, reused", r"bytes/reused", "arena", BEST, 1.05),
    Target("byte buffer, fresh", r"bytes/fresh", "arena", ("std_string",), 0.65, floor=NO_GROWTH),
    Target("byte buffer, fresh", r"bytes/fresh", "arena", BEST, 0.80, floor=NO_GROWTH),
    Target("arena per request, its size known", r"request/sized", "arena", GLIBC, 0.60, ("request/default",)),
    Target("arena per request, its size known", r"request/sized", "arena", ("pmr_mono",), 0.70),
    Target("arena per request, from ArenaPool", r"request/pooled", "arena", GLIBC, 0.12, ("request/default",)),
    Target("arena per request, from ArenaPool", r"request/pooled", "arena", ("pmr_mono",), 0.15,
           ("request/default",)),
    Target("arena per request, charged to two budgets", r"request/(default|pooled)", "arena_budget", ("arena",), 1.01),
    Target("coroutines, awaited in a loop", r"coroutines/await", "arena", GLIBC, 0.65),
    Target("coroutines, 1000 alive at once", r"coroutines/alive_1000", "arena", GLIBC, 0.40),
    Target("cold start", r"cold/32B/256MiB", "arena", GLIBC, 0.40),
    Target("cold start", r"cold/32B/256MiB", "arena", BEST, 1.05),
    Target("append 100,000,000 ints, in a growing range", r"append/ints_1e8", "arena_virtual", ("arena",), 0.45),
    Target("append 100,000,000 ints, in a growing range", r"append/ints_1e8", "arena_virtual", ("realloc_array",), 1.30),
    Target("cold start, in a growing range", r"cold/32B/256MiB", "arena_virtual", ("arena",), 1.10),
    Target("small objects, hand-written loop", r"small/(16|24)B/(10k|1M)", "arena", (FLOOR,), 1.30),
    Target("small objects, hand-written loop", r"small/(8|64)B/(10k|1M)", "arena", (FLOOR,), 1.40),
    Target("mixed request, hand-written loop", r"mixed/align16", "arena", (FLOOR,), 1.30),
    Target("objects with destructors, hand-written loop", r"objects/short_string", "arena", (FLOOR,), 1.15),
]

# Cases that are compared with each other run next to each other, as the peers of one case do.
TOGETHER = r"(request|bytes|lease)/.*"

# ---- run.sh --scaling: names end in the number of threads, times are those of a thread.

# What a run without --scaling leaves out.
ONLY_SCALING = r"(threads|lease)/(?!64B/2$).*"

# cases: without the number of threads
Curve = collections.namedtuple("Curve", "words peer cases")
# operation: what the times are of
Panel = collections.namedtuple("Panel", "words operation curves")


def _fills(cases):
    return [Curve(words, peer, cases) for words, peer in (
        ("an arena for each thread", "arena_private"),
        ("ThreadCachedArena, Local", "arena_local"),
        ("ThreadCachedArena, Arena&", "arena_thread_cached"),
        ("an arena each over a ConcurrentArena", "arena"),
        ("ConcurrentArena", "arena_concurrent"),
        ("protobuf", "protobuf"),
        ("protobuf, reused buffer", "protobuf_buf"),
        ("glibc malloc", "glibc_malloc"),
        ("mimalloc", "mimalloc"),
        ("jemalloc", "jemalloc"),
        ("tcmalloc", "tcmalloc"),
        ("std::pmr monotonic, mutex", "pmr_mono_mutex"),
        ("std::pmr synchronized pool", "pmr_pool_sync"))]


SCALING = [
    Panel("Objects of 64 bytes", "object", _fills("threads/64B")),
    Panel("Objects with destructors", "object", _fills("threads/destructors")),
    Panel("A lease of an ArenaPool, one object in it", "lease", [
        Curve("one key", "arena", "lease/one_key"),
        Curve("a key for each thread", "arena", "lease/own_keys"),
        Curve("64 keys", "arena", "lease/64_keys"),
        Curve("ended by another thread", "arena", "lease/handed_over")]),
    Panel("A request of 100 objects of 64 bytes", "request", [
        Curve("a lease of an ArenaPool, one key", "arena", "lease/100_objects"),
        Curve("a new MonotonicArena", "arena", "lease/no_pool_100_objects"),
        Curve("a new MonotonicArena, charged to two budgets", "arena_budget", "lease/no_pool_100_objects"),
        Curve("a new std::pmr monotonic", "pmr_mono", "lease/no_pool_100_objects"),
        Curve("a new protobuf Arena", "protobuf", "lease/no_pool_100_objects"),
        Curve("glibc malloc", "glibc_malloc", "lease/no_pool_100_objects"),
        Curve("mimalloc", "mimalloc", "lease/no_pool_100_objects"),
        Curve("jemalloc", "jemalloc", "lease/no_pool_100_objects"),
        Curve("tcmalloc", "tcmalloc", "lease/no_pool_100_objects")]),
]

SCALING_TARGETS = [
    Target("ThreadCachedArena through Arena&", r"threads/64B/[12]", "arena_thread_cached", ("protobuf_buf",), 0.90),
    Target("ThreadCachedArena through Arena&", r"threads/64B/2", "arena_thread_cached", ("arena_concurrent",), 0.06),
    Target("ThreadCachedArena through a Local", r"threads/64B/1", "arena_local", ("arena_private",), 1.20),
    Target("ThreadCachedArena, with destructors", r"threads/destructors/[12]", "arena_thread_cached", ("protobuf",), 0.75),
    Target("ThreadCachedArena, with destructors", r"threads/destructors/[12]", "arena_thread_cached", ("protobuf_buf",), 0.75),
    Target("ThreadCachedArena through a Local, with destructors", r"threads/destructors/[12]", "arena_local",
           ("protobuf_buf",), 0.75),
    Target("a warm lease, one key", r"lease/one_key/2", "arena", ("arena",), 1.30, ("lease/one_key/1",)),
    Target("a warm lease, a key for each thread", r"lease/own_keys/2", "arena", ("arena",), 1.30, ("lease/own_keys/1",)),
]

# Bytes reserved over bytes requested, or resident at the peak, at most: below and from so many requested bytes on.
MemoryTarget = collections.namedtuple("MemoryTarget", "words cases ours limit limit_large large resident",
                                      defaults=(False,))
MEMORY_TARGETS = [
    MemoryTarget("reserved over requested", SMALL_1M + r"|cold/32B/256MiB", "arena", 1.13, 1.05, 32 << 20),
    MemoryTarget("resident over requested", r"append/ints_1e8", "arena_virtual", 1.02, 1.02, 0, True),
]

# The umbrella against <memory_resource> and <memory> together, in seconds and lines.
COMPILE_TIME_LIMIT = 1.25

# Further runs of some cases with variables that change glibc's malloc.
Surroundings = collections.namedtuple("Surroundings", "name words variables cases")
PER_REQUEST = r"(request|mixed)/.*"
SURROUNDINGS = [
    Surroundings(
        "glibc keeps memory", "glibc does not give the top of the heap back. To set this also freezes the size "
        "from which malloc maps a block on its own at its start, 128 KiB, where it otherwise grows",
        {"MALLOC_TRIM_THRESHOLD_": "17179869184"}, PER_REQUEST),
    Surroundings(
        "glibc keeps and maps nothing", "nor does it ever map a block on its own, of whatever size",
        {"MALLOC_TRIM_THRESHOLD_": "17179869184", "MALLOC_MMAP_MAX_": "0"}, PER_REQUEST + r"|bytes/(fresh|expected)"),
]

# The rows of the plot and of the table at a glance. base: what counts as 1; in_cases: as above.
Headline = collections.namedtuple("Headline", "words case base in_cases", defaults=(GLIBC, ()))
ANY_REQUEST = ("request/default", "request/sized", "request/pooled")
HEADLINES = [
    Headline("small objects of 16 bytes, 10,000", "small/16B/10k"),
    Headline("small objects of 64 bytes, 1,000,000", "small/64B/1M"),
    Headline("a request: 1000 mixed allocations, Reset", "mixed/align16"),
    Headline("list of 1,000,000 nodes: build, walk, drop", "list/1M"),
    Headline("tree of 1,000,000 nodes: build, walk, drop", "tree/1M"),
    Headline("append 1,000,000 ints (std::vector = 1)", "append/ints"),
    Headline("100,000 objects with destructors", "objects/short_string"),
    Headline("two threads, an arena each on a shared one", "threads/64B/2"),
    Headline("byte buffer, reused (std::string = 1)", "bytes/reused", ("std_string",)),
    Headline("byte buffer, fresh (std::string = 1)", "bytes/fresh", ("std_string",)),
    Headline("cold start, 256 MiB in objects of 32 bytes", "cold/32B/256MiB"),
    Headline("a new arena per request of 200 KiB", "request/default"),
    Headline("the same, its size known beforehand", "request/sized", GLIBC, ANY_REQUEST),
    Headline("the same, from an ArenaPool", "request/pooled", GLIBC, ANY_REQUEST),
]
OURS = "arena"  # in headlines

# Headings of results.md; a workload is what stands before the first slash of a case. What counts as 1 in its
# tables and plots, and in which case, where it is not glibc's malloc in the same one.
WORKLOADS = {
    "small": "Small objects",
    "mixed": "A request of 1000 mixed allocations, then reset",
    "list": "A list of nodes, built, walked and dropped",
    "tree": "A tree of nodes, built, walked and dropped",
    "document": "A JSON document in standard containers, built, walked and destroyed",
    "append": "Integers appended one by one",
    "retain": "Rounds of 64 MiB in objects of 32 bytes, by what Reset retains",
    "objects": "Objects with a std::string and a destructor that is registered",
    "threads": "Threads filling one shared arena",
    "bytes": "A byte buffer, written in chunks and read back in pieces of 4 KiB",
    "cold": "Cold start: memory that the process has never touched",
    "lease": "Leases of a pool that threads share",
    "coroutines": "Coroutines that are called, awaited and destroyed",
    "request": "An arena created, filled with 200 KiB in small pieces and destroyed per request",
    "aged": "After the heap has aged",
}
BASES = {"bytes": (("std_string",), ()), "request": (GLIBC, ("request/default",))}


def base_of(case):
    """(names, cases) of what counts as 1."""
    return BASES.get(case.split("/", 1)[0], (GLIBC, ()))


def group_of(case):
    """What runs next to each other."""
    return case.split("/", 1)[0] if matches(TOGETHER, case) else case


def matches(expression, case):
    return re.fullmatch(expression, case) is not None


def is_curve(pair):
    """Whether a run with --scaling has this pair of case and peer."""
    return any(curve.peer == pair.peer and matches(re.escape(curve.cases) + r"/\d+", pair.case)
               for panel in SCALING for curve in panel.curves)


def named_peers():
    """All peers that a target or headline is about."""
    names = {target.ours for target in TARGETS} | {OURS}
    for entry in (*TARGETS, *HEADLINES):
        against = entry.against if isinstance(entry, Target) else entry.base
        if against != BEST:
            names.update(against)
    return names
