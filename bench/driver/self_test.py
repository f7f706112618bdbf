#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the driver: its arithmetic, its plan, what it reads and writes. Measures nothing."""

import argparse
import contextlib
import io
import json
import math
import pathlib
import sys
import tempfile

import compile_time
import main
import measure
import plan
import sample
import scaling
import summary
import tables
import targets

FAILURES = []


def expect(what, got, wanted):
    if isinstance(wanted, float) and isinstance(got, (int, float)):
        same = math.isclose(got, wanted, rel_tol=1e-9)
    else:
        same = got == wanted
    if not same:
        FAILURES.append(f"{what}: got {got!r}, not {wanted!r}")


def entries(**peers):
    """{peer: entry} of the times of each."""
    return {name.replace("__", "/"): {"ns": list(times)} for name, times in peers.items()}


def test_ratios():
    # The machine is twice as slow in the second round, and four times in the third: ratios do not see it.
    # The ratio of the medians would be 0.25.
    samples = {"small/8B/10k": entries(arena=[1, 4, 4], glibc_malloc=[10, 20, 40])}
    row = summary.Row("small/8B/10k", "arena")
    found = summary.ratio(samples, row, summary.Row("small/8B/10k", "glibc_malloc"))
    expect("median of the ratios within rounds", found.median, 0.1)
    expect("quartile", found.low, 0.1)
    expect("quartile", found.high, 0.15)
    expect("rounds", found.rounds, 3)
    samples = {"a": entries(arena=[1, None, 3], bump=[2, 2, None])}
    found = summary.ratio(samples, summary.Row("a", "arena"), summary.Row("a", "bump"))
    expect("only rounds with both", (found.median, found.rounds), (0.5, 1))
    expect("no common round", summary.ratio({"a": entries(arena=[None, 1], bump=[1, None])},
                                            summary.Row("a", "arena"), summary.Row("a", "bump")), None)
    expect("absent", summary.ratio(samples, summary.Row("a", "arena"), summary.Row("a", "llvm")), None)
    expect("nothing to compare with", summary.ratio(samples, summary.Row("a", "arena"), None), None)
    two = {"a": entries(arena=[1, 9]), "b": entries(llvm=[2, 3])}
    expect("across cases, still within the round",
           summary.ratio(two, summary.Row("a", "arena"), summary.Row("b", "llvm")).median, 1.75)


def test_who_is_compared():
    samples = {"small/8B/10k": entries(arena=[1, 1, 1], arena_shared=[1, 1, 1], bump=[0.5] * 3, llvm=[9, 2, 2],
                                       pmr_mono=[3, 3, 3], glibc_malloc=[20] * 3, new_delete=[10] * 3)}
    expect("the fastest peer is neither ours nor the loop",
           summary.fastest_peer(samples, "small/8B/10k").peer, "llvm")
    expect("the faster spelling of glibc", summary.base_row(samples, "small/8B/10k").peer, "new_delete")
    expect("no peer", summary.fastest_peer({"a": entries(arena=[1])}, "a"), None)
    requests = {"request/default": entries(glibc_malloc=[4]), "request/pooled": entries(arena=[1])}
    expect("a base in another case", summary.base_row(requests, "request/pooled"),
           summary.Row("request/default", "glibc_malloc"))
    expect("a name that begins like ours", targets.is_ours("arenas"), False)


def test_verdicts():
    def verdicts(ours, theirs):
        samples = {"mixed/align16": entries(arena=ours, glibc_malloc=theirs)}
        return [v for v in summary.judge(samples)
                if v.case == "mixed/align16" and v.target.against == targets.GLIBC]
    limit = next(t.limit for t in targets.TARGETS if t.cases == "mixed/align16" and t.against == targets.GLIBC)
    expect("at the limit", [v.holds for v in verdicts([limit], [1.0])], [True])
    expect("above the limit", [v.holds for v in verdicts([limit * 1.01], [1.0])], [False])
    expect("no sample of ours", [v.holds for v in verdicts([None], [1.0])], [None])
    samples = {"list/1M": entries(arena=[3, 3], bump=[2, 2], glibc_malloc=[10, 10], llvm=[4, 5])}
    floors = {v.against.peer: v.floor.median for v in summary.judge(samples) if v.case == "list/1M"}
    expect("what the loop reaches by the same measure", floors, {"glibc_malloc": 0.2, "llvm": 0.45})
    samples = {"bytes/fresh": entries(arena=[8], std_string=[10]), "bytes/expected": entries(arena=[5])}
    expect("a floor in another case", [v.floor.median for v in summary.judge(samples)
                                       if v.case == "bytes/fresh" and v.target.against == ("std_string",)], [0.5])
    samples = {"mixed/align16": entries(arena=[8], bump=[4])}
    expect("the floor has none itself", [v.floor for v in summary.judge(samples)
                                         if v.case == "mixed/align16" and v.target.against == (targets.FLOOR,)], [None])
    every = summary.judge({})
    expect("without samples nothing is judged", {v.holds for v in every}, {None})
    expect("and no target gets lost", len(every), len(targets.TARGETS))
    target = targets.MEMORY_TARGETS[0]

    def memory(reserved, requested):
        samples = {"small/64B/1M": {"arena": {"ns": [1], "reserved": reserved, "requested": requested}}}
        return summary.judge_memory(samples)[0][2:]
    expect("memory, small", memory(110, 100), (target.limit, 1.1, True))
    expect("memory, large", memory(1.1 * target.large, target.large), (target.limit_large, 1.1, False))
    expect("memory, unknown", summary.judge_memory({"small/64B/1M": {"arena": {"ns": [1]}}})[0][3:], (None, None))
    expect("tally", tables.tally([["holds"], ["**misses**"], ["holds"]]), "2 hold, 1 miss")


def test_plan():
    costs = [plan.Cost(0.01, 0.0005)] * 50 + [plan.Cost(0.5, 2.0)] * 2 + [plan.Cost(0.1, 3.0, False)]
    for budget in (120.0, 300.0, 900.0):
        chosen = plan.min_time_for(costs, 7, budget)
        took = 7 * sum(plan.seconds_of(cost, chosen) for cost in costs)
        expect(f"fits into {budget}", took <= budget * 1.000001, True)
        expect(f"and uses {budget}", took > 0.99 * budget or chosen > 0.99 * plan.LONGEST, True)
    expect("too little time", plan.min_time_for(costs, 7, 1.0), plan.SHORTEST)
    expect("a long case is not made longer", plan.seconds_of(plan.Cost(0.5, 2.0), 0.1), 2.5)
    expect("one that cannot be told", plan.seconds_of(plan.Cost(0.1, 3.0, False), 10.0), 3.1)

    now = [0.0]
    clock = plan.Clock(100.0, {"a": 3, "b": 1}, lambda: now[0])
    expect("share of the first", clock.start("a"), 75.0)
    now[0] = 50.0
    expect("what was saved goes to the next", clock.start("b"), 50.0)
    now[0] = 130.0
    expect("never negative", clock.left(), 0.0)


def test_order():
    pairs = [sample.Pair(case, peer, None, case) for peer in "pqrs" for case in ("a", "b", "c", "request/x",
                                                                                "request/y")]
    orders = [plan.order(pairs, 1, number, targets.group_of) for number in range(5)]
    for ordered in orders:
        expect("each pair once", sorted(map(str, ordered)), sorted(map(str, pairs)))
        groups = [targets.group_of(pair.case) for pair in ordered]
        changes = sum(left != right for left, right in zip(groups, groups[1:]))
        expect("the peers of a case next to each other", changes, 3)
    expect("the same seed, the same order", plan.order(pairs, 1, 2, targets.group_of), orders[2])
    expect("rounds differ", len({str(ordered) for ordered in orders}) > 1, True)
    firsts = {next(p.peer for p in plan.order(pairs, 1, n) if p.case == "a") for n in range(30)}
    # Five cases, of which two run as one.
    expect("no case is always first", len({targets.group_of(plan.order(pairs, 1, n)[0].case) for n in range(30)}), 4)
    expect("no peer is always first", len(firsts), 4)


def test_names():
    for full, plain in (("a/b/real_time", "a/b"), ("cold/32B/256MiB/iterations:1", "cold/32B/256MiB"),
                        ("threads/64B/2/threads:2/real_time", "threads/64B/2"), ("small/8B/10k", "small/8B/10k"),
                        ("a/min_time:0.500/process_time", "a"), ("real_time_x/a", "real_time_x/a")):
        expect(full, sample.plain_name(full), plain)
    expect("a filter", sample.pattern("a.b/c+d"), r"^a\.b/c\+d$")
    expect("wall clock", [sample.uses_wall_clock(name) for name in ("a/real_time", "threads/1", "lease/one_key/2", "a/b",
                                                                    "lease/threaded")], [True, True, True, False, False])
    cases = ["small/64B/1M", "small/8B/1M", "small/16B/10k", "small/8B/10k", "mixed/align16", "zebra"]
    expect("order of cases", sorted(cases, key=tables.case_order),
           ["small/8B/10k", "small/16B/10k", "small/8B/1M", "small/64B/1M", "mixed/align16", "zebra"])


def ended(entry, status=0):
    return sample.Ended(status, json.dumps({"benchmarks": [entry]}), "", 1.0, 1.0, 5000)


def test_parse():
    entry = {"name": "a/b", "run_type": "iteration", "iterations": 7, "real_time": 2.0, "cpu_time": 1.5,
             "time_unit": "us", "ops": 100.0, "requested": 64.0, "label": "warm"}
    taken = sample.parse(ended(entry))["a/b"]
    expect("nanoseconds per operation", taken.ns, 15.0)
    expect("share", taken.share, 0.75)
    expect("counters", taken.counters, {"ops": 100.0, "requested": 64.0})
    taken = sample.parse(ended({**entry, "name": "a/real_time"}))["a/real_time"]
    expect("of the clock", taken.ns, 20.0)
    for what, broken in (("error", ended({**entry, "error_occurred": True, "error_message": "no"})),
                         ("status", ended(entry, 1)), ("killed", ended(entry, -9)), ("nothing done", ended({**entry, "ops": 0})),
                         ("no JSON", sample.Ended(0, "", "", 1, 1, 1))):
        try:
            sample.parse(broken)
            expect(what, "accepted", "ValueError")
        except ValueError:
            pass
    try:
        sample.parse(ended(entry), "other")
        expect("another case ran", "accepted", "ValueError")
    except ValueError:
        pass


def fake_program(folder, name, nanoseconds, broken="none", cases=("small/8B/10k", "mixed/align16")):
    """A program that says that its cases take so long; one of them may fail."""
    path = folder / "bench" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    body = json.dumps({"benchmarks": [{
        "name": "NAME", "run_type": "iteration", "iterations": 1, "real_time": nanoseconds, "cpu_time": nanoseconds,
        "time_unit": "ns", "ops": 1.0, "requested": 100.0, "reserved": 110.0, "label": "warm"}]})
    path.write_text(f"#!/bin/sh\ncase $1 in *list_tests*) printf '%s\\n' {' '.join(cases)}; exit;; esac\n"
                    "name=${1#*^}; name=${name%?}\n"
                    f"if test $name = {broken}; then echo broken >&2; exit 1; fi\n"
                    f"cat <<EOF | sed \"s,NAME,$name,\"\n{body}\nEOF\n", encoding="utf-8")
    path.chmod(0o755)


def a_run(folder, **more):
    """raw.json of a run of programs that measure nothing."""
    for name, nanoseconds in (("peer_arena", 1), ("peer_bump", 1), ("peer_llvm", 2), ("peer_glibc_malloc", 10)):
        fake_program(folder, name, nanoseconds)
    (folder / "bench" / "peers.txt").write_text("arena\t1\tours\nllvm\t2\ttheirs\n-apr\tlibapr1-dev\n", encoding="utf-8")
    options = argparse.Namespace(**{"quick": False, "case": "small|mixed", "peers": "", "rounds": 3, "minutes": 1.05,
                                    "seed": 1, **more})
    launcher = sample.Launcher()
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            measured, failures = measure.everything(options, launcher, [measure.Build(name, folder)
                                                                               for name in ("g++", "clang++")])
    finally:
        launcher.close()
    built, missing = measure.peers_of(measure.Build("g++", folder))
    return {"header": {"date": "2025-01-02 03:04 UTC", "command": "bash bench/run.sh", "revision": "0",
                       "machine": {"processor": "p", "C library": "c"}, "toolchains": {"g++": "g"}, "load": 0.0,
                       "stolen": 0.0, "minutes": 1.0, "seed": 1, "partial": "", "peers": built, "missing": missing,
                       "failures": failures}, **measured}


def test_a_run_and_its_tables():
    with tempfile.TemporaryDirectory() as temporary:
        root = pathlib.Path(temporary)
        raw = a_run(root / "build")
        samples = raw["runs"][0]["samples"]
        expect("all rounds", samples["small/8B/10k"]["arena"]["ns"], [1.0, 1.0, 1.0])
        expect("no failure", raw["header"]["failures"], [])
        expect("surroundings and other compilers run, too", [run["name"] for run in raw["runs"][1:]],
               [*(f"g++, {s.name}" for s in targets.SURROUNDINGS), "clang++"])
        expect("with their variables", [run["variables"] for run in raw["runs"][1:]],
               [*(s.variables for s in targets.SURROUNDINGS), {}])
        expect("and only their cases", list(raw["runs"][1]["samples"]), ["mixed/align16"])
        expect("left out", raw["header"]["missing"], [["apr", "libapr1-dev"]])
        text = tables.results(raw, [])
        for words in ("0.100 (0.100 to 0.100)", "holds", "libapr1-dev", "**arena**", "MALLOC_TRIM_THRESHOLD_"):
            expect(f"results.md has {words}", words in text, True)

        # What verify() finds.
        results = root / "bench" / "results"
        results.mkdir(parents=True)
        readme = f"# x\n{tables.BEGIN}\n{tables.END}\nrest\n"
        (root / "examples").mkdir()
        for page in tables.PAGES:
            (root / page).write_text(readme, encoding="utf-8")
        expect("no results, no figures", main.verify(root), [])
        (results / "results.md").write_text("x", encoding="utf-8")
        expect("results without raw.json", len(main.verify(root)), 1)
        (results / "raw.json").write_text(json.dumps(raw), encoding="utf-8")
        (results / "results.md").write_text(tables.results(raw, []), encoding="utf-8")
        (results / "overview.svg").write_text("<svg/>", encoding="utf-8")
        expect("figures missing in the README", len(main.verify(root)), 1)
        right = tables.replace_region(readme, tables.readme(raw))
        (root / "README.md").write_text(right, encoding="utf-8")
        expect("all as raw.json says", main.verify(root), [])
        expect("the rest stays", right.endswith(f"{tables.END}\nrest\n"), True)
        for name, old, new in (("README.md", "medians of 3 rounds", "medians of 4 rounds"), ("README.md", tables.END, ""),
                               ("bench/results/results.md", "0.100", "0.090"),
                               ("bench/results/raw.json", '"partial": ""', '"partial": "quick"')):
            before = (root / name).read_text(encoding="utf-8")
            expect(f"{name} has {old}", old in before, True)
            (root / name).write_text(before.replace(old, new, 1), encoding="utf-8")
            expect(f"{name} changed by hand", bool(main.verify(root)), True)
            (root / name).write_text(before, encoding="utf-8")
        (results / "overview.svg").unlink()
        expect("a plot is missing", len(main.verify(root)), 1)


def test_failures_are_told():
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        fake_program(folder, "peer_llvm", 2, "mixed/align16")
        launcher = sample.Launcher()
        try:
            pairs, _ = measure.peer_pairs(launcher, measure.Build("g++", folder))
            expect("cases", [pair.case for pair in pairs], ["small/8B/10k", "mixed/align16"])
            expect("one that works", sample.measure(launcher, pairs[0], 0.01).ns, 2.0)
            try:
                sample.measure(launcher, pairs[1], 0.01)
                expect("one that ends with 1", "accepted", "ValueError")
            except ValueError as error:
                expect("its words", "broken" in str(error), True)
            slow = launcher.run(["/bin/sh", "-c", "exec sleep 30"], seconds=0.2)
            expect("one that takes too long", (slow.status, slow.wall < 10), (-9, True))
            expect("variables", launcher.run(["/bin/sh", "-c", "echo $A"], {"A": "b c"}).output, "b c\n")
        finally:
            launcher.close()


def test_disturbed_samples_are_repeated():
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        path = folder / "bench" / "peer_llvm"
        path.parent.mkdir()
        # It waits for half of the time, the first two times.
        benchmarks = json.dumps({"benchmarks": [{"name": "a", "iterations": 1, "real_time": 100, "cpu_time": 7,
                                                 "time_unit": "ns", "ops": 1.0}]}).replace("7,", "$cpu,")
        path.write_text(f"#!/bin/sh\necho >>{folder}/count\ncpu=50\ntest $(wc -l <{folder}/count) -le 2 || cpu=99\n"
                        f"cat <<END\n{benchmarks}\nEND\n", encoding="utf-8")
        path.chmod(0o755)
        launcher = sample.Launcher()
        try:
            run = measure.Run(launcher, None, None, None, "", [], {})
            pair = sample.Pair("a", "llvm", sample.Program(path, "peer_llvm"), "a")
            taken, repeats = run.take(pair, 0.1)
            expect("the undisturbed one", (taken.ns, repeats), (99.0, 2))
            taken, repeats = run.take(pair, 0.1)
            expect("not more often than needed", (taken.ns, repeats), (99.0, 0))
        finally:
            launcher.close()


def test_what_other_compilers_get():
    peers = {f"p{number}": [float(number)] for number in range(9)}
    samples = {"a": entries(arena=[1.0], bump=[1.0], **peers)}
    pairs = [sample.Pair("a", peer, None, "a") for peer in (*samples["a"], "glibc_malloc")]
    expect("ours, the loop, the targets' and the fastest",
           sorted(pair.peer for pair in measure.interesting(pairs, samples)),
           ["arena", "bump", "glibc_malloc", *[f"p{number}" for number in range(measure.ALSO)]])


def test_names_are_checked():
    curves = [curve for panel in targets.SCALING for curve in panel.curves]
    peers = targets.named_peers() | {targets.FLOOR, *targets.GLIBC} | {curve.peer for curve in curves}
    cases = {peer: {"nothing/here"} for peer in peers}
    expect("no case of targets.py exists", len(main.check_names(cases, set())) >= len(targets.HEADLINES), True)
    known = {"small/8B/10k", "small/16B/10k", "small/24B/10k", "small/64B/10k", "small/8B/1M", "small/16B/1M",
             "small/24B/1M", "small/64B/1M"} | {line.case for line in targets.HEADLINES}
    # The others that are names, not expressions of several.
    known |= {target.cases for target in (*targets.TARGETS, *targets.MEMORY_TARGETS) if "|" not in target.cases}
    known |= {f"{curve.cases}/{threads}" for curve in curves for threads in (1, 2)}
    complete = {peer: known for peer in cases}
    expect("all exist", main.check_names(complete, set()), [])
    del complete["protobuf"]
    expect("a peer is not there", len(main.check_names(complete, set())), 1)
    expect("a peer is not installed", main.check_names(complete, {"protobuf"}), [])


def test_scaling():
    samples = {"threads/64B/1": entries(arena_local=[1, 2], protobuf=[4, 8], arena_thread_cached=[3, 6], protobuf_buf=[4, 8]),
               "threads/64B/2": entries(arena_local=[1, 2], protobuf=[3, 6]),
               "lease/one_key/1": entries(arena=[20, 40]), "lease/one_key/2": entries(arena=[12, 24])}
    by_thread = scaling.per_thread(samples)
    expect("two threads take twice as long each", by_thread["threads/64B/2"]["protobuf"]["ns"], [6, 12])
    expect("no sample stays none", scaling.per_thread({"a/4": entries(x=[None])})["a/4"]["x"]["ns"], [None])
    expect("threads", scaling.counts(samples), [1, 2])
    found = {(v.target.words, v.case): v for v in summary.judge(by_thread, targets.SCALING_TARGETS)}
    lease = found["a warm lease, one key", "lease/one_key/2"]
    expect("a lease by a lease of one thread", (lease.ratio.median, lease.holds), (1.2, True))
    cached = found["ThreadCachedArena through Arena&", "threads/64B/1"]
    expect("of protobuf", (cached.ratio.median, cached.holds), (0.75, True))
    raw = {"header": {"date": "2025-01-02 03:04 UTC", "command": "c", "revision": "0", "machine": {"processor": "p", "C library": "l"},
                      "toolchains": {}, "load": 0.0, "stolen": 0.0, "minutes": 1.0, "seed": 1, "partial": "",
                      "peers": [["arena", "1", "ours"], ["llvm", "1", "theirs"]],
                      "missing": [["mimalloc", "libmimalloc-dev"], ["apr", "libapr1-dev"]], "failures": []},
           "run": {"compiler": "g++", "rounds": 2, "samples": samples}}
    text = scaling.report(raw, True)
    for words, there in (("| protobuf | 6.00 | 9.00 | 1.50 (1.50 to 1.50) |", True), ("2 hold", True), ("mimalloc", True),
                         ("apr", False), ("llvm", False), ("scaling.svg", True), ("jemalloc", False)):
        expect(f"scaling.md has {words}", words in text, there)
    expect("the README's rows", "| protobuf | 6.00 | 9.00 | - | - |" in scaling.readme(raw), True)

    with tempfile.TemporaryDirectory() as temporary:
        root = pathlib.Path(temporary)
        results = root / "bench" / "results"
        results.mkdir(parents=True)
        (root / "examples").mkdir()
        for page in tables.PAGES:
            (root / page).write_text(f"{tables.BEGIN}\n{tables.END}\n", encoding="utf-8")
        (results / "scaling.json").write_text(json.dumps(raw), encoding="utf-8")
        (results / "scaling.md").write_text(scaling.report(raw, False), encoding="utf-8")
        expect("a README without such a part", main.verify(root), [])
        (root / "README.md").write_text(f"{tables.BEGIN}\n{tables.END}\n{scaling.BEGIN}\n{tables.END}\n", encoding="utf-8")
        expect("its part is empty", len(main.verify(root)), 1)
        (root / "README.md").write_text(main.with_figures(
            "README.md", (root / "README.md").read_text(encoding="utf-8"), results), encoding="utf-8")
        expect("its part is right", main.verify(root), [])
        (results / "scaling.md").write_text(text, encoding="utf-8")
        expect("the plot is missing", len(main.verify(root)), 1)
        (results / "scaling.md").write_text(text.replace("9.00", "8.00"), encoding="utf-8")
        expect("changed by hand, too", len(main.verify(root)), 2)
        raw["header"]["partial"] = "quick"
        (results / "scaling.json").write_text(json.dumps(raw), encoding="utf-8")
        (results / "scaling.md").write_text(scaling.report(raw, False), encoding="utf-8")
        expect("not a full run", len(main.verify(root)), 1)


def test_partial_runs_stay_out():
    options = {"quick": False, "rounds": 7, "case": "", "peers": ""}
    expect("a full run", main.partial(argparse.Namespace(**options)), "")
    for name, value in (("quick", True), ("rounds", 6), ("case", "x"), ("peers", "x")):
        expect(f"with {name}", bool(main.partial(argparse.Namespace(**{**options, name: value}))), True)
    with contextlib.redirect_stderr(io.StringIO()):
        status = main.do_measure(argparse.Namespace(**{**options, "quick": True}, build=["g++=/nowhere"],
                                                    out=str(main.COMMITTED)))
        by_threads = main.do_scaling(argparse.Namespace(**{**options, "rounds": 1}, build=["g++=/nowhere"],
                                                        out=str(main.COMMITTED / "16-cores")))
    expect("not into bench/results", (status, by_threads), (2, 2))


def test_numbers():
    expect("digits", [tables.number(x, 3) for x in (0.0456, 0.456, 4.56, 45.6, 4567.0, None)],
           ["0.046", "0.46", "4.56", "45.6", "4,567", "-"])
    entry = {"seconds": {"umbrella": [2.0, 6.0, 3.0], "standard": [1.0, 4.0, 1.0]},
             "lines": {"umbrella": 120, "standard": 100}}
    expect("compile time", compile_time.ratios(entry), (2.0, 1.2))


def run_all():
    tests = [value for name, value in sorted(globals().items()) if name.startswith("test_")]
    for test in tests:
        test()
    for words in FAILURES:
        print("FAILED:", words)
    print(f"{len(tests)} tests, {len(FAILURES)} failures")
    return 1 if FAILURES else 0


if __name__ == "__main__":
    sys.exit(run_all())
