# SPDX-License-Identifier: Apache-2.0
"""What the library sets out to reach, and the names that this folder's programs give things.

The only place with such figures: results.md, the README and `run.sh --check` go by these tables.
"""

import collections
import re

# Peers are the programs peer_<name>. Ours, the hand-written floor, and glibc's malloc in either spelling
# are not among those that "the fastest peer" is chosen from, or in the last case, are.
FLOOR = "bump"
GLIBC = ("malloc", "new_delete")


def is_ours(peer):
    return peer == "arena" or peer.startswith("arena_")


def is_peer(peer):
    return not is_ours(peer) and peer != FLOOR


# against: a peer's name; several names: the fastest of them; BEST: the fastest peer of all.
BEST = "the fastest peer"
Target = collections.namedtuple("Target", "words cases ours against limit")

SMALL_10K = r"small/(8|16|24|64)B_10k"
TARGETS = [
    Target("small objects, 10k", SMALL_10K, "arena", GLIBC, 0.09),
    Target("small objects, 10k", SMALL_10K, "arena", BEST, 0.90),
    Target("small objects, 1M", r"small/(8|16|24|64)B_1M", "arena", GLIBC, 0.13),
    Target("small objects, 1M", r"small/(8|16|24)B_1M", "arena", BEST, 0.95),
    Target("small objects, 1M", r"small/64B_1M", "arena", BEST, 1.10),
    Target("mixed request, alignments to 16", r"request/align16", "arena", GLIBC, 0.08),
    Target("mixed request, alignments to 16", r"request/align16", "arena", BEST, 0.90),
    Target("list", r"list/1M", "arena", GLIBC, 0.13),
    Target("list", r"list/1M", "arena", BEST, 0.95),
    Target("tree", r"tree/1M", "arena", GLIBC, 0.14),
    Target("tree", r"tree/1M", "arena", BEST, 0.95),
    Target("append ints (SliceAppend, std::vector)", r"append/ints", "arena", GLIBC, 0.23),
    Target("append ints (SliceAppend, std::vector)", r"append/ints", "arena", BEST, 1.00),
    Target("objects with destructors", r"objects/string", "arena", GLIBC, 0.28),
    Target("objects with destructors", r"objects/string", "arena", ("protobuf", "protobuf_buf"), 0.60),
    Target("two threads, an arena each on the shared one", r"threads/2", "arena", GLIBC, 0.13),
    Target("two threads, an arena each on the shared one", r"threads/2", "arena",
           ("protobuf", "protobuf_buf"), 0.40),
    Target("two threads, an arena each on the shared one", r"threads/2", "arena", ("pmr_mutex",), 0.03),
    Target("byte buffer, reused (std::string)", r"buffer/reused", "arena", GLIBC, 1.05),
    Target("byte buffer, reused (std::string)", r"buffer/reused", "arena", BEST, 1.05),
    Target("byte buffer, fresh (std::string)", r"buffer/fresh", "arena", GLIBC, 0.65),
    Target("byte buffer, fresh (std::string)", r"buffer/fresh", "arena", BEST, 0.80),
    Target("arena per request, its size known", r"per_request/200KiB", "arena_sized", GLIBC, 0.60),
    Target("arena per request, its size known", r"per_request/200KiB", "arena_sized",
           ("pmr_mono_sized",), 0.70),
    Target("arena per request, from ArenaPool", r"per_request/200KiB", "arena_pool", GLIBC, 0.12),
    Target("arena per request, from ArenaPool", r"per_request/200KiB", "arena_pool", ("pmr_mono",), 0.15),
    Target("cold start", r"cold/32B", "arena", GLIBC, 0.40),
    Target("cold start", r"cold/32B", "arena", BEST, 1.05),
    Target("small objects, hand-written loop", r"small/(16|24)B_(10k|1M)", "arena", (FLOOR,), 1.30),
    Target("small objects, hand-written loop", r"small/(8|64)B_(10k|1M)", "arena", (FLOOR,), 1.40),
    Target("mixed request, hand-written loop", r"request/align16", "arena", (FLOOR,), 1.30),
]

# Bytes reserved over bytes requested, at most: below and from so many requested bytes on.
MemoryTarget = collections.namedtuple("MemoryTarget", "words cases ours limit limit_large large")
MEMORY_TARGETS = [
    MemoryTarget("reserved over requested", r"small/(8|16|24|64)B_1M|cold/32B", "arena", 1.13, 1.05, 32 << 20),
]

# The umbrella against <memory_resource> and <memory> together, in seconds and lines.
COMPILE_TIME_LIMIT = 1.25

# Further runs of some cases with variables that change glibc's malloc.
Surroundings = collections.namedtuple("Surroundings", "name words variables cases")
PER_REQUEST = r"per_request/.*|request/.*"
SURROUNDINGS = [
    Surroundings(
        "glibc keeps memory", "glibc does not give the top of the heap back. To set this also freezes the size "
        "from which malloc maps a block on its own at its start, 128 KiB, where it otherwise grows",
        {"MALLOC_TRIM_THRESHOLD_": "17179869184"}, PER_REQUEST),
    Surroundings(
        "glibc keeps and maps nothing", "nor does it map blocks below 32 MiB, the most it can be told",
        {"MALLOC_TRIM_THRESHOLD_": "17179869184", "MALLOC_MMAP_THRESHOLD_": "33554432"}, PER_REQUEST),
]

# The rows of the README's table and plot: words, case, which of our programs.
HEADLINES = [
    ("small objects of 16 bytes, 10,000", "small/16B_10k", "arena"),
    ("small objects of 64 bytes, 1,000,000", "small/64B_1M", "arena"),
    ("a request: 1000 mixed allocations, Reset", "request/align16", "arena"),
    ("list of 1,000,000 nodes: build, walk, drop", "list/1M", "arena"),
    ("tree of 1,000,000 nodes: build, walk, drop", "tree/1M", "arena"),
    ("append 1,000,000 ints (std::vector = 1)", "append/ints", "arena"),
    ("100,000 objects with destructors", "objects/string", "arena"),
    ("two threads, an arena each on a shared one", "threads/2", "arena"),
    ("byte buffer, reused (std::string = 1)", "buffer/reused", "arena"),
    ("byte buffer, fresh (std::string = 1)", "buffer/fresh", "arena"),
    ("cold start, 256 MiB in objects of 32 bytes", "cold/32B", "arena"),
    ("a new arena per request of 200 KiB", "per_request/200KiB", "arena"),
    ("the same, its size known beforehand", "per_request/200KiB", "arena_sized"),
    ("the same, from an ArenaPool", "per_request/200KiB", "arena_pool"),
]

# Headings of results.md; a workload is what stands before the first slash of a case.
WORKLOADS = {
    "small": "Small objects",
    "request": "A request of 1000 mixed allocations, then reset",
    "list": "A list of nodes, built, walked and dropped",
    "tree": "A tree of nodes, built, walked and dropped",
    "append": "Integers appended one by one",
    "objects": "Objects with a std::string and a destructor that is registered",
    "threads": "Two threads filling one shared arena",
    "buffer": "A byte buffer, written in chunks and read back in pieces of 4 KiB",
    "cold": "Cold start: memory that the process has never touched",
    "per_request": "An arena created, filled with 200 KiB in small pieces and destroyed per request",
    "aged": "After the heap has aged",
}


def matches(expression, case):
    return re.fullmatch(expression, case) is not None


def named_peers():
    """All peers that a target or headline is about."""
    names = {target.ours for target in TARGETS} | {ours for _, _, ours in HEADLINES}
    for target in TARGETS:
        if target.against != BEST:
            names.update(target.against)
    return names
