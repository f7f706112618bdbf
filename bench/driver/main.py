#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The driver behind bench/run.sh, which see for the options that matter.

  measure   runs everything and writes raw.json, results.md and the plots
  scaling   runs what threads share by their number and writes scaling.json, scaling.md and its plot
  report    writes results.md, scaling.md, the plots and the README's parts anew from raw.json and scaling.json
  verify    results.md, scaling.md and the README say what raw.json and scaling.json say
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
import scaling
import summary
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


def can_plot():
    if not plots.available():
        print("skipped: the plots, there is no gnuplot (apt-get install gnuplot-nox)")
    return plots.available()


def render(raw, folder):
    drawn = plots.draw(raw, folder) if can_plot() else []
    (folder / "results.md").write_text(tables.results(raw, drawn), encoding="utf-8")


def render_scaling(raw, folder):
    plotted = can_plot()
    if plotted:
        scaling.plot(raw, folder / "scaling.svg")
    (folder / "scaling.md").write_text(scaling.report(raw, plotted), encoding="utf-8")


def load(folder, name="raw.json"):
    path = folder / name
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def with_figures(page, text, folder):
    """The text of a page with its parts made anew; that of scaling.json where the page has such a part."""
    text = tables.replace_region(text, tables.PAGES[page](load(folder)), page)
    by_threads = load(folder, "scaling.json")
    if by_threads is not None and scaling.BEGIN in text:
        text = tables.replace_region(text, scaling.readme(by_threads), page, scaling.BEGIN)
    return text


def write_pages(folder):
    for page in tables.PAGES:
        path = ROOT / page
        path.write_text(with_figures(page, path.read_text(encoding="utf-8"), folder), encoding="utf-8")


def measured_by(options, builds, work):
    """({header: ...}, what work(launcher) measured, whether something failed); None where bench/results is not for
    such a run. work returns what it measured and [failure]."""
    why = partial(options)
    out = pathlib.Path(options.out).resolve()
    if why and COMMITTED in (out, out.parent):
        print(f"bench/results is for full runs, not for this one ({why}); choose another --out", file=sys.stderr)
        return None
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
        measured, failures = work(launcher)
    finally:
        launcher.close()
    return {"header": {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "command": options.command, "revision": revision(), "machine": machine.describe(),
        "toolchains": {build.compiler: toolchain(build) for build in builds},
        "load": load_average, "stolen": machine.stolen(ticks, machine.ticks()),
        "minutes": (time.monotonic() - began) / 60, "seed": options.seed, "partial": why,
        "peers": built, "missing": missing, "failures": failures}}, measured, failures


def print_verdicts(rows, words, why):
    print(f"targets with {words}: {tables.tally(rows)}" + (f" ({why})" if why else ""))
    for row in rows:
        if "misses" in row[-1]:
            print(f"  misses: {row[0]}, {row[1]}: {row[5]} of {row[3]}, target {row[4]}")


def do_scaling(options):
    build = parse_builds(options.build)[0]
    out = pathlib.Path(options.out).resolve()
    done = measured_by(options, [build], lambda launcher: measure.scaling(options, launcher, build))
    if done is None:
        return 2
    raw, run, failures = done
    raw["run"] = run
    out.mkdir(parents=True, exist_ok=True)
    (out / "scaling.json").write_text(json.dumps(raw, separators=(",", ":")) + "\n", encoding="utf-8")
    render_scaling(raw, out)
    print(f"{out}/scaling.md has the tables, {out}/scaling.json the figures")
    if out == COMMITTED:
        write_pages(out)
    rows = tables.target_rows(summary.judge(scaling.per_thread(run["samples"]), targets.SCALING_TARGETS))
    print_verdicts(rows, build.compiler, raw["header"]["partial"])
    return 1 if failures else 0


def do_measure(options):
    builds = parse_builds(options.build)
    out = pathlib.Path(options.out).resolve()
    done = measured_by(options, builds, lambda launcher: measure.everything(options, launcher, builds))
    if done is None:
        return 2
    raw, measured, failures = done
    raw.update(measured)
    write(raw, out)
    print(f"{out}/results.md has the tables, {out}/raw.json the figures")
    if out == COMMITTED:
        write_pages(out)
        print(f"{' and '.join(tables.PAGES)} have the new figures")
    print_verdicts(tables.verdict_rows(raw["runs"][0]["samples"]), builds[0].compiler, raw["header"]["partial"])
    return 1 if failures else 0


def do_report(options):
    folder = pathlib.Path(options.out).resolve()
    raw, by_threads = load(folder), load(folder, "scaling.json")
    if raw is None and by_threads is None:
        print(f"there is no {folder}/raw.json", file=sys.stderr)
        return 2
    if raw is not None:
        render(raw, folder)
    if by_threads is not None:
        render_scaling(by_threads, folder)
    if folder == COMMITTED:
        write_pages(folder)
    return 0


def verify_scaling(folder, root):
    """Of one folder with a scaling.json."""
    name = folder.relative_to(root) / "scaling.json"
    raw = load(folder, "scaling.json")
    problems = []
    if raw["header"]["partial"]:
        problems.append(f"{name} is not of a full run: {raw['header']['partial']}")
    page = folder / "scaling.md"
    text = page.read_text(encoding="utf-8") if page.exists() else ""
    plotted = "(scaling.svg)" in text
    if text != scaling.report(raw, plotted):
        problems.append(f"scaling.md is not what {name} gives (bash bench/run.sh --report)")
    if plotted and not (folder / "scaling.svg").exists():
        problems.append(f"there is no scaling.svg beside {name}")
    return problems


def verify(root):
    """Returns what is not as raw.json and scaling.json have it, as sentences."""
    folder = root / "bench" / "results"
    raw = load(folder)
    problems = []
    for page in tables.PAGES:
        text = (root / page).read_text(encoding="utf-8")
        try:
            if with_figures(page, text, folder) != text:
                problems.append(f"{page}: its figures are not those of bench/results (bash bench/run.sh --report)")
        except ValueError as error:
            problems.append(str(error))
    for path in sorted(folder.rglob("scaling.json")):
        problems += verify_scaling(path.parent, root)
    if raw is None:
        problems += [f"{path.name} in bench/results, but no raw.json" for path in folder.glob("*")
                     if not path.name.startswith("scaling")]
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
    judged = (*targets.TARGETS, *targets.MEMORY_TARGETS, *targets.SCALING_TARGETS)
    curves = {(curve.peer, re.escape(curve.cases) + r"/\d+") for panel in targets.SCALING for curve in panel.curves}
    expressions = ([target.cases for target in judged] + [re.escape(line.case) for line in targets.HEADLINES]
                   + [cases for _, cases in sorted(curves)])
    for expression in dict.fromkeys(expressions):
        if not any(targets.matches(expression, case) for case in known):
            problems.append(f"targets.py speaks of {expression}, which no peer has")
    for peer in sorted(targets.named_peers() | {targets.FLOOR, *targets.GLIBC} | {peer for peer, _ in curves}):
        if peer not in cases and peer not in missing:
            problems.append(f"targets.py speaks of {peer}, which is neither built nor left out")
    wanted = {(target.ours, target.cases) for target in judged} | curves
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
    parser.add_argument("what", choices=("measure", "scaling", "report", "verify", "check"))
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
    if options.what in ("measure", "scaling", "check") and not options.build:
        parser.error("--build is missing")
    return {"measure": do_measure, "scaling": do_scaling, "report": do_report, "verify": do_verify,
            "check": do_check}[options.what](options)


if __name__ == "__main__":
    sys.exit(main())
