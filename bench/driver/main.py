#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The driver behind bench/run.sh, which see for the options that matter.

  measure   runs everything and writes raw.json, results.md and the plots
  report    writes results.md, the plots and the README's part anew from raw.json
  verify    results.md and the README say what raw.json says
  check     each case of each peer runs, once; names agree with targets.py
"""

import argparse
import datetime
import json
import os
import pathlib
import re
import subprocess
import sys
import time

import machine
import measure
import plots
import sample
import tables
import targets

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMMITTED = ROOT / "bench" / "results"
FULL_ROUNDS = 7


def parse_builds(words):
    builds = []
    for word in words:
        compiler, _, folder = word.partition("=")
        builds.append(measure.Build(compiler, pathlib.Path(folder)))
    return builds


def partial(options):
    """Why this is not a run to be quoted; empty if it is one."""
    reasons = [words for words, given in (
        ("quick", options.quick), (f"only {options.rounds} rounds", options.rounds < FULL_ROUNDS),
        ("some cases only", options.case), ("some peers only", options.peers)) if given]
    return ", ".join(reasons)


def revision():
    """The commit, marked when the headers or the programs are not as committed."""
    def git(*words):
        return subprocess.run(["git", "-C", str(ROOT), *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              text=True, check=False).stdout.strip()
    commit = git("rev-parse", "--short=12", "HEAD")
    if not commit:
        return "unknown"
    return commit + (", changed" if git("status", "--porcelain", "--", "include", "bench", ":!bench/results") else "")


def toolchain(build):
    path = build.folder / "bench" / "toolchain.txt"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return "; ".join(line.strip() for line in text.splitlines() if line.strip()).replace(str(ROOT), ".")


def write(raw, folder):
    """raw.json, results.md and the plots of the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "raw.json").write_text(json.dumps(raw, separators=(",", ":")) + "\n", encoding="utf-8")
    render(raw, folder)


def render(raw, folder):
    if plots.available():
        drawn = plots.draw(raw, folder)
    else:
        print("skipped: the plots, there is no gnuplot (apt-get install gnuplot-nox)")
        drawn = []
    (folder / "results.md").write_text(tables.results(raw, drawn), encoding="utf-8")


def load(folder):
    path = folder / "raw.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def write_pages(folder):
    for page, part in tables.PAGES.items():
        path = ROOT / page
        text = path.read_text(encoding="utf-8")
        path.write_text(tables.replace_region(text, part(load(folder)), page), encoding="utf-8")


def do_measure(options):
    builds = parse_builds(options.build)
    out = pathlib.Path(options.out).resolve()
    why = partial(options)
    if why and out == COMMITTED:
        print(f"bench/results is for full runs, not for this one ({why}); choose another --out", file=sys.stderr)
        return 2
    built, missing = measure.peers_of(builds[0])
    for name, *package in missing:
        print(f"left out: {name}" + (f" (apt-get install {package[0]})" if package else ""))
    load_average = os.getloadavg()[0]
    if load_average > 0.5:
        print(f"warning: the machine has other work (load {load_average:.2f}); the figures will be worse for it")
    if why:
        print(f"not a full run: {why}")
    began, ticks = time.monotonic(), machine.ticks()
    launcher = sample.Launcher()
    try:
        measured, failures = measure.everything(options, launcher, builds)
    finally:
        launcher.close()
    raw = {"header": {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "command": options.command, "revision": revision(), "machine": machine.describe(),
        "toolchains": {build.compiler: toolchain(build) for build in builds},
        "load": load_average, "stolen": machine.stolen(ticks, machine.ticks()),
        "minutes": (time.monotonic() - began) / 60, "seed": options.seed, "partial": why,
        "peers": built, "missing": missing, "failures": failures}, **measured}
    write(raw, out)
    print(f"{out}/results.md has the tables, {out}/raw.json the figures")
    if out == COMMITTED:
        write_pages(out)
        print(f"{' and '.join(tables.PAGES)} have the new figures")
    rows = tables.verdict_rows(raw["runs"][0]["samples"])
    print(f"targets with {builds[0].compiler}: {tables.tally(rows)}" + (f" ({why})" if why else ""))
    for row in rows:
        if "misses" in row[-1]:
            print(f"  misses: {row[0]}, {row[1]}: {row[5]} of {row[3]}, target {row[4]}")
    return 1 if failures else 0


def do_report(options):
    folder = pathlib.Path(options.out).resolve()
    raw = load(folder)
    if raw is None:
        print(f"there is no {folder}/raw.json", file=sys.stderr)
        return 2
    render(raw, folder)
    if folder == COMMITTED:
        write_pages(folder)
    return 0


def verify(root):
    """Returns what is not as raw.json has it, as sentences."""
    folder = root / "bench" / "results"
    raw = load(folder)
    problems = []
    for page, part in tables.PAGES.items():
        text = (root / page).read_text(encoding="utf-8")
        try:
            if tables.replace_region(text, part(raw), page) != text:
                problems.append(f"{page}: its figures are not those of bench/results/raw.json (bash bench/run.sh --report)")
        except ValueError as error:
            problems.append(str(error))
    if raw is None:
        problems += [f"{path.name} in bench/results, but no raw.json" for path in folder.glob("*")]
        return problems
    if raw["header"]["partial"]:
        problems.append(f"bench/results/raw.json is not of a full run: {raw['header']['partial']}")
    text = (folder / "results.md").read_text(encoding="utf-8") if (folder / "results.md").exists() else ""
    shown = re.findall(r"!\[([^]]*)\]\(([\w.-]+)\)", text)
    if text != tables.results(raw, [(name, words) for words, name in shown]):
        problems.append("bench/results/results.md is not what raw.json gives (bash bench/run.sh --report)")
    for name in {name for _, name in shown} | {"overview.svg"}:
        if not (folder / name).exists():
            problems.append(f"bench/results/{name} is missing")
    return problems


def do_verify(_):
    problems = verify(ROOT)
    for problem in problems:
        print("FAILED:", problem)
    if not problems:
        print("results.md and README.md say what raw.json says" if load(COMMITTED) else "there are no results yet")
    return 1 if problems else 0


def check_names(cases, missing):
    """cases: {peer: {case}}. What targets.py speaks of exists, but for peers that are not installed."""
    problems = []
    known = set().union(*cases.values()) if cases else set()
    expressions = ([target.cases for target in targets.TARGETS] + [re.escape(line.case) for line in targets.HEADLINES]
                   + [target.cases for target in targets.MEMORY_TARGETS])
    for expression in dict.fromkeys(expressions):
        if not any(targets.matches(expression, case) for case in known):
            problems.append(f"targets.py speaks of {expression}, which no peer has")
    for peer in sorted(targets.named_peers() | {targets.FLOOR, *targets.GLIBC}):
        if peer not in cases and peer not in missing:
            problems.append(f"targets.py speaks of {peer}, which is neither built nor left out")
    wanted = {(target.ours, target.cases) for target in (*targets.TARGETS, *targets.MEMORY_TARGETS)}
    wanted |= {(targets.OURS, re.escape(line.case)) for line in targets.HEADLINES}
    for peer, expression in sorted(wanted):
        if peer in cases and not any(targets.matches(expression, case) for case in cases[peer]):
            problems.append(f"{peer} does not serve {expression}, which targets.py speaks of")
    for workload in sorted({tables.workload_of(case) for case in known} - set(targets.WORKLOADS)):
        problems.append(f"targets.py has no heading for {workload}")
    return problems


def do_check(options):
    """Each case of each program, once."""
    build = parse_builds(options.build)[0]
    built, missing = measure.peers_of(build)
    problems, cases, count, began = [], {}, 0, time.monotonic()
    launcher = sample.Launcher()
    try:
        for program in sample.find_programs(build.folder, ["peer_", "scale", "pool_"]):
            try:
                found, _ = sample.list_pairs(launcher, program, program.name)
                ended = launcher.run([program.path, "--benchmark_min_time=0", "--benchmark_format=json"],
                                     threaded=True, seconds=60)
                samples = sample.parse(ended)
            except (RuntimeError, ValueError) as error:
                problems.append(f"{program.name}: {error}")
                continue
            cases[program.name.removeprefix("peer_")] = {pair.case for pair in found}
            count += len(samples)
            for pair in found:
                if pair.full not in samples:
                    problems.append(f"{program.name}: {pair.case} did not run")
                elif not samples[pair.full].counters.get("ops") and not program.name.startswith("pool_"):
                    problems.append(f"{program.name}: {pair.case} does not say how many operations it does")
            if not found:
                problems.append(f"{program.name} has no case")
            print(f"{program.name}: {len(found)} cases, {ended.wall:.1f} s", flush=True)
    finally:
        launcher.close()
    peers = {name: found for name, found in cases.items() if not name.startswith("pool_") and name != "scale"}
    if len(peers) < 2:
        problems.append("there are hardly any programs")
    problems += check_names(peers, {name for name, *_ in missing})
    for name, *_ in built:
        if name not in peers and not problems:
            problems.append(f"peers.txt has {name}, but there is no program peer_{name}")
    for name, *package in missing:
        print(f"skipped: {name}" + (f" (apt-get install {package[0]})" if package else ""))
    for problem in problems:
        print("FAILED:", problem)
    print(f"benchmarks: {count} cases of {len(cases)} programs ran, {len(missing)} peers skipped, "
          f"{len(problems)} problems, {time.monotonic() - began:.0f} s")
    return 1 if problems else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("measure", "report", "verify", "check"))
    parser.add_argument("--build", action="append", default=[], metavar="COMPILER=FOLDER")
    parser.add_argument("--out", default=str(COMMITTED))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--case", default="")
    parser.add_argument("--peers", default="")
    parser.add_argument("--rounds", type=int, default=FULL_ROUNDS)
    parser.add_argument("--minutes", type=float, default=25.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--command", default="")
    options = parser.parse_args()
    if options.what in ("measure", "check") and not options.build:
        parser.error("--build is missing")
    return {"measure": do_measure, "report": do_report, "verify": do_verify, "check": do_check}[options.what](options)


if __name__ == "__main__":
    sys.exit(main())
