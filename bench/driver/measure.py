# SPDX-License-Identifier: Apache-2.0
"""The runs: every case of every peer in a process of its own, in rounds, within the time there is."""

import collections
import math
import pathlib
import re
import sys

import compile_time
import plan
import sample
import summary
import targets
from progress import Progress, clock

# A process that got less of its core than this was disturbed and is repeated.
ENOUGH = 0.93
REPEATS = 2
# Besides these and what the targets name, other compilers get the peers that were fastest with the first.
ALSO = 3

WEIGHTS = {"first": 58, "compiler": 16, "surroundings": 5, "others": 12}
# Seconds for the measurement of compile times, which cannot be made shorter.
COMPILE_SECONDS = 60

# What a sample costs at least, where there is no time to try it.
GUESS = plan.Cost(0.03, 0.05)

Build = collections.namedtuple("Build", "compiler folder")


class Failures:
    def __init__(self, progress):
        self.progress = progress
        self.words = []

    def add(self, words):
        self.progress.clear()
        print("FAILED:", words, file=sys.stderr, flush=True)
        self.words.append(words)


class Run:
    """All rounds of a set of pairs with one compiler and one set of variables."""

    def __init__(self, launcher, progress, failures, clock_, phase, pairs, bases, variables=None):
        self.launcher, self.progress, self.failures, self.clock = launcher, progress, failures, clock_
        self.phase, self.pairs, self.bases, self.variables = phase, list(pairs), bases, variables or {}
        self.costs = {}
        self.samples = {}
        self.min_time = 0.0
        self.rounds = 0

    def key(self, pair):
        return pair.case, pair.peer

    def take(self, pair, min_time):
        """A sample that was not disturbed, or the least disturbed of some."""
        best = None
        for attempt in range(REPEATS + 1):
            taken = sample.measure(self.launcher, pair, min_time, self.variables)
            if best is None or taken.share > best.share:
                best = taken
            if sample.is_threaded(pair.full) or best.share >= ENOUGH:
                break
        return best, attempt

    def calibrate(self, known=None):
        """What each pair costs at least. Pairs that do not work are left out from here on."""
        working = []
        for number, pair in enumerate(self.pairs):
            self.progress.show(f"{self.phase}: trying {pair.case} {pair.peer} ({number + 1} of {len(self.pairs)})",
                               self.clock.left())
            if known and self.key(pair) in known:
                self.costs[self.key(pair)] = known[self.key(pair)]
                working.append(pair)
                continue
            try:
                taken = sample.measure(self.launcher, pair, 0.001, self.variables)
            except ValueError as error:
                self.failures.add(f"{self.phase}: {pair.case} of {pair.peer}: {error}")
                continue
            operations = taken.counters.get("ops", 1.0)
            once = min(taken.wall, taken.ns * operations * taken.iterations / 1e9)
            self.costs[self.key(pair)] = plan.Cost(taken.wall - once, once,
                                                   "/iterations:" not in pair.full)
            working.append(pair)
        self.pairs = working

    def work(self, rounds, seconds, seed, limit=math.inf):
        """Does the rounds. Shortens later samples when the machine turns out slower than planned; begins with
        no case after `limit` seconds."""
        if not self.pairs:
            return
        costs = [self.costs[self.key(pair)] for pair in self.pairs]
        started = self.clock.now()
        self.min_time = plan.min_time_for(costs, rounds, seconds)
        expected = rounds * sum(plan.seconds_of(cost, self.min_time) for cost in costs)
        self.progress.clear()
        print(f"{self.phase}: {len({pair.case for pair in self.pairs})} cases, {len(self.pairs)} pairs of case and "
              f"peer, {rounds} round{'s' if rounds > 1 else ''}, at least {1e3 * self.min_time:.0f} ms a sample: "
              f"{clock(expected)} of {clock(seconds)}", flush=True)
        if expected > 1.1 * seconds:
            print(f"{self.phase}: cannot be done in the time given; takes longer", flush=True)
        todo = [(number, pair) for number in range(rounds)
                for pair in plan.order(self.pairs, seed, number, targets.group_of)]
        planned, spent, group, min_time = self.min_time, 0.0, None, self.min_time
        for done, (number, pair) in enumerate(todo):
            elapsed = self.clock.now() - started
            slower = max(1.0, elapsed / spent) if spent > 0 else 1.0
            # Never within a group, whose pairs are compared with each other.
            if (number, targets.group_of(pair.case)) != group:
                group = number, targets.group_of(pair.case)
                if elapsed > limit:
                    self.progress.clear()
                    print(f"{self.phase}: out of time, {len(todo) - done} of {len(todo)} samples are left out")
                    break
                ahead = [self.costs[self.key(other)] for _, other in todo[done:]]
                min_time = min(planned, plan.min_time_for(ahead, 1, (seconds - elapsed) / slower))
                self.min_time = min(self.min_time, min_time)
            later = self.clock.left() - (seconds - elapsed)
            self.progress.show(f"{self.phase}: round {number + 1} of {rounds}, sample {done + 1} of {len(todo)}: "
                               f"{pair.case} {pair.peer}", max(0.0, (expected - spent) * slower) + max(0.0, later))
            self.record(pair, min_time)
            spent += plan.seconds_of(self.costs[self.key(pair)], min_time)
        self.rounds = rounds

    def record(self, pair, min_time):
        entry = self.samples.setdefault(pair.case, {}).setdefault(pair.peer, {"ns": [], "repeats": 0})
        try:
            taken, repeats = self.take(pair, min_time)
        except ValueError as error:
            self.failures.add(f"{self.phase}: {pair.case} of {pair.peer}: {error}")
            entry["ns"].append(None)
            return
        entry["ns"].append(float(f"{taken.ns:.4g}"))
        entry["repeats"] += repeats
        entry["share"] = min(entry.get("share", 1.0), round(taken.share, 3))
        entry["rss_kib"] = max(entry.get("rss_kib", 0), taken.rss)
        entry["base_kib"] = self.bases.get(pair.program.path, 0)
        entry["label"] = taken.label
        for name, value in taken.counters.items():
            if name != "ops":
                entry[name] = float(f"{value:.6g}")

    def result(self, compiler):
        return {"name": self.phase, "compiler": compiler, "variables": self.variables, "rounds": self.rounds,
                "min_time": round(self.min_time, 4), "samples": self.samples}


def peers_of(build):
    """([[name, version, description]], [[name, package]]) that were built and left out."""
    built, missing = [], []
    path = pathlib.Path(build.folder) / "bench" / "peers.txt"
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        fields = line.split("\t")
        if line.startswith("-"):
            missing.append([fields[0][1:], *fields[1:2]])
        elif line.strip():
            built.append((fields + ["", ""])[:3])
    return built, missing


def peer_pairs(launcher, build, case="", peers=""):
    """Returns (pairs of the peers' programs, {path: KiB that the program needs for itself})."""
    pairs, bases = [], {}
    for program in sample.find_programs(build.folder, ["peer_"]):
        name = program.name.removeprefix("peer_")
        if peers and not re.search(peers, name):
            continue
        found, bases[program.path] = sample.list_pairs(launcher, program, name)
        pairs += [pair for pair in found if re.search(case, pair.case)]
    return pairs, bases


def full_pairs(launcher, build, case="", peers=""):
    """peer_pairs of a run without --scaling."""
    pairs, bases = peer_pairs(launcher, build, case, peers)
    return [pair for pair in pairs if case or not targets.matches(targets.ONLY_SCALING, pair.case)], bases


def other_pairs(launcher, build, case=""):
    """The programs that have no peers: how cost grows, and the pool."""
    pairs, bases = [], {}
    for program in sample.find_programs(build.folder, ["scale", "pool_"]):
        found, bases[program.path] = sample.list_pairs(launcher, program, program.name)
        pairs += [pair for pair in found if re.search(case, pair.case)]
    return pairs, bases


def interesting(pairs, samples):
    """Of the pairs: ours, those that a target or headline names, and the fastest peers of each case."""
    chosen = []
    for pair in pairs:
        times = {peer: summary.median_time(samples, pair.case, peer)
                 for peer in samples.get(pair.case, {}) if targets.is_peer(peer)}
        ranked = sorted((peer for peer in times if times[peer] is not None), key=times.get)
        if (pair.peer in targets.named_peers() or not targets.is_peer(pair.peer)
                or pair.peer in ranked[:ALSO]):
            chosen.append(pair)
    return chosen


def scaling(options, launcher, build):
    """Returns (the samples by threads, [failure])."""
    progress = Progress()
    failures = Failures(progress)
    seconds = 60.0 * options.minutes
    clock_ = plan.Clock(seconds, {})
    pairs, bases = peer_pairs(launcher, build, options.case, options.peers)
    run = Run(launcher, progress, failures, clock_, build.compiler, filter(targets.is_curve, pairs), bases)
    run.calibrate()
    run.work(1 if options.quick else options.rounds, max(1.0, clock_.left()), options.seed)
    progress.clear()
    return run.result(build.compiler), failures.words


def everything(options, launcher, builds):
    """Returns (the part of raw.json that was measured, [failure])."""
    progress = Progress()
    failures = Failures(progress)
    first = builds[0]
    quick = options.quick
    rounds = 1 if quick else options.rounds
    weights = {"first": WEIGHTS["first"], "others": WEIGHTS["others"]}
    if not quick:
        for build in builds[1:]:
            weights[f"compiler {build.compiler}"] = WEIGHTS["compiler"]
        for surroundings in targets.SURROUNDINGS:
            weights[f"surroundings {surroundings.name}"] = WEIGHTS["surroundings"]
    seconds = 60.0 * options.minutes - (0 if quick else COMPILE_SECONDS)
    clock_ = plan.Clock(seconds, weights)

    pairs, bases = full_pairs(launcher, first, options.case, options.peers)
    others, other_bases = other_pairs(launcher, first, options.case)
    print(f"plan: {clock(60.0 * options.minutes)}; {first.compiler}: {len(pairs)} pairs of case and peer, "
          f"{len(others)} other cases", flush=True)
    for build in builds[1:] if not quick else []:
        print(f"      {build.compiler}: our rows, the targets' peers and the {ALSO} fastest of each case", flush=True)
    for surroundings in targets.SURROUNDINGS if not quick else []:
        print(f"      {first.compiler}, {surroundings.name}: "
              f"{sum(targets.matches(surroundings.cases, pair.case) for pair in pairs)} pairs", flush=True)

    def run(phase, words, chosen, needs, variables=None, known=None):
        began = clock_.now()
        budget = clock_.start(phase)
        one = Run(launcher, progress, failures, clock_, words, chosen, needs, variables)
        if quick:
            one.costs = {one.key(pair): GUESS for pair in one.pairs}
        else:
            one.calibrate(known)
        seconds = max(1.0, budget - (clock_.now() - began))
        one.work(rounds, seconds, options.seed, 1.5 * seconds if quick else math.inf)
        return one

    runs = []
    main = run("first", first.compiler, pairs, bases)
    runs.append(main.result(first.compiler))
    if not quick:
        for surroundings in targets.SURROUNDINGS:
            chosen = [pair for pair in main.pairs if targets.matches(surroundings.cases, pair.case)]
            one = run(f"surroundings {surroundings.name}", f"{first.compiler}, {surroundings.name}", chosen, bases,
                      surroundings.variables, main.costs)
            runs.append(one.result(first.compiler))
        for build in builds[1:]:
            found, needs = full_pairs(launcher, build, options.case, options.peers)
            one = run(f"compiler {build.compiler}", build.compiler, interesting(found, main.samples), needs,
                      None, main.costs)
            runs.append(one.result(build.compiler))
    rest = run("others", "scale and pool", others, other_bases)
    measured = {"runs": runs, "others": rest.result(first.compiler)}
    if not quick and not options.case:
        measured["compile_time"] = compile_time.measure(
            [build.compiler for build in builds], lambda words: progress.show(words, 0))
    progress.clear()
    return measured, failures.words
