#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Shows what compare.py measured.

report.py RESULTS             the table and the targets, to standard output
report.py RESULTS --plots     the same, and SVG plots beside RESULTS (needs gnuplot)
report.py RESULTS --update    writes the figures into the README.md files that quote them
report.py RESULTS --check     whether the README.md files quote these figures
"""

import json
import pathlib
import re
import shutil
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
READMES = {"full": HERE / "README.md", "short": HERE.parents[1] / "README.md"}
BASELINE = "malloc"

# Of the arena's figures to the baseline's, at most.
TARGETS = {"orders": {"handler_us": 0.50, "user_us": 0.60, "p50_us": 0.80, "rss_kb": 1.30},
           "process": {"handler_us": 0.60, "user_us": 0.70, "p50_us": 0.85, "rss_kb": 1.30}}
COLUMNS = {"handler_us": "handler CPU, µs", "user_us": "user CPU, µs", "system_us": "system CPU, µs",
           "total_us": "total CPU, µs", "p50_us": "p50, µs", "p99_us": "p99, µs",
           "rps": "highest requests/s", "rss_kb": "RSS growth, KB"}
TITLES = {"malloc": "malloc (glibc)", "arena": "arena", "pmr": "pmr", "mimalloc": "malloc (mimalloc)",
          "jemalloc": "malloc (jemalloc)"}


class Results:
    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.data = json.loads(self.path.read_text(encoding="ascii"))
        self.strategies = self.data["strategies"]
        self.cells = [(endpoint, connections) for endpoint in self.data["rates"] for connections in (1, 64)]

    def samples(self, endpoint, connections, strategy, figure):
        values = []
        for sample in self.data["samples"]:
            if (sample["endpoint"], sample["connections"], sample["strategy"]) == (endpoint, connections, strategy):
                if figure == "total_us" and "user_us" in sample:
                    values.append(sample["user_us"] + sample["system_us"])
                elif figure in sample:
                    values.append(sample[figure])
        return values

    def figure(self, *where):
        """The median over the rounds. For user and system time the mean: the kernel counts them in ticks."""
        values = self.samples(*where)
        if not values:
            return None
        return statistics.mean(values) if where[-1] in ("user_us", "system_us", "total_us") else statistics.median(values)

    def ratio(self, endpoint, connections, strategy, figure):
        ours = self.figure(endpoint, connections, strategy, figure)
        base = self.figure(endpoint, connections, BASELINE, figure)
        return ours / base if ours is not None and base else None

    def spread(self, endpoint, connections, strategy, figure):
        """The lowest and the highest ratio of a single round; None where there is nothing to compare."""
        pairs = zip(self.samples(endpoint, connections, strategy, figure),
                    self.samples(endpoint, connections, BASELINE, figure))
        ratios = [ours / base for ours, base in pairs if base]
        return (min(ratios), max(ratios)) if ratios else None


def table(results, endpoint, connections):
    lines = ["| | " + " | ".join(COLUMNS.values()) + " |", "| - |" + " -: |" * len(COLUMNS)]
    for strategy in results.strategies:
        row = [TITLES.get(strategy, strategy)]
        for figure in COLUMNS:
            value = results.figure(endpoint, connections, strategy, figure)
            if value is None:
                row.append("-")
                continue
            ratio = results.ratio(endpoint, connections, strategy, figure)
            text = f"{value:.1f}" if figure.endswith("_us") and value < 1000 else f"{value:.0f}"
            row.append(text if strategy == BASELINE or ratio is None else f"{text} ({ratio:.2f})")
        lines.append("| " + " | ".join(row) + " |")
    return lines


def target_rows(results):
    """Endpoint, connections, figure, bound and ratio of each target."""
    for endpoint, connections in results.cells:
        for figure, bound in TARGETS[endpoint].items():
            yield endpoint, connections, figure, bound, results.ratio(endpoint, connections, "arena", figure)


def targets(results):
    lines = ["| arena to malloc (glibc) | connections | at most | measured | single rounds | |",
             "| - | -: | -: | -: | -: | - |"]
    for endpoint, connections, figure, bound, ratio in target_rows(results):
        if ratio is None:  # a quick run may find a growth of 0
            continue
        spread = results.spread(endpoint, connections, "arena", figure)
        lines.append(f"| `/{endpoint}` {COLUMNS[figure].split(',')[0]} | {connections} | {bound:.2f} | {ratio:.2f} | "
                     + (f"{spread[0]:.2f} to {spread[1]:.2f}" if spread else "-")
                     + (" | holds |" if ratio <= bound else " | **misses** |"))
    return lines


def placement(data):
    threads = data.get("threads", 1)
    if threads > 1:
        return f"service with {threads} threads" + (", the load generator on other cores; " if data["pinned"] else "; ")
    return "service and load generator on a core each; " if data["pinned"] else ""


def conditions(results):
    data = results.data
    where = data["environment"]
    rates = ", ".join(f"{rate} requests/s to `/{endpoint}` ({data['body_bytes'][endpoint]} bytes each)"
                      for endpoint, rate in data["rates"].items())
    return (f"Measured on {where['cores']} cores of {where['processor']}, Linux {where['kernel']}, {where['libc']}; "
            + placement(data)
            + f"{data['rounds']} rounds of {data['fixed_seconds']} s at a fixed rate: {rates}.")


def full(results):
    lines = [conditions(results), ""]
    for endpoint, connections in results.cells:
        lines += [f"`POST /{endpoint}`, {connections} connection{'s' if connections > 1 else ''}:", "",
                  *table(results, endpoint, connections), ""]
    return lines + targets(results)


def short(results):
    """What an arena brings, beside each kind of memory: the range over all endpoints and numbers of connections."""
    figures = ("handler_us", "total_us", "p50_us", "p99_us", "rss_kb")
    where = results.data["environment"]
    lines = [f"| an arena instead of, on {where['cores']} cores of {where['processor']} | " + " | ".join(COLUMNS[f].split(",")[0] for f in figures) + " |",
             "| - |" + " -: |" * len(figures)]
    for strategy in results.strategies:
        if strategy == "arena":
            continue
        row = []
        for figure in figures:
            pairs = [[results.figure(*cell, name, figure) for name in ("arena", strategy)] for cell in results.cells]
            changes = sorted(ours / base * 100 - 100 for ours, base in pairs if ours is not None and base)
            row.append(f"{changes[0]:+.0f} to {changes[-1]:+.0f} %" if changes else "-")
        lines.append(f"| {TITLES.get(strategy, strategy)} | " + " | ".join(row) + " |")
    return lines


def region(text, name, lines):
    """`text` with the lines between <!-- results: name --> and <!-- end of results -->."""
    pattern = re.compile(rf"(<!-- results: {name} -->\n).*?(<!-- end of results -->\n)", re.DOTALL)
    if not pattern.search(text):
        sys.exit(f"a README.md has no place for {name} results")
    return pattern.sub(lambda match: match[1] + "\n".join(lines) + "\n" + match[2], text)


def quoted(results):
    """Each README.md with its text as it should be."""
    for name, path in READMES.items():
        text = path.read_text(encoding="utf-8")
        yield path, text, region(text, name, full(results) if name == "full" else short(results))


# What each plot shows: a file name, a title, and its bars, one on top of the other.
PLOTS = [
    ("cpu", "CPU time per request at a fixed rate, µs",
     [("handler: parse, process, serialise", lambda f: f("handler_us")),
      ("rest of the user time", lambda f: max(0.0, f("user_us") - f("handler_us"))), ("system", lambda f: f("system_us"))]),
    ("p50", "Latency at a fixed rate, median, µs", [("p50", lambda f: f("p50_us"))]),
    ("p99", "Latency at a fixed rate, 99th percentile, µs", [("p99", lambda f: f("p99_us"))]),
    ("memory", "Growth of the resident set, at its peak, KB", [("growth", lambda f: f("rss_kb"))]),
    ("throughput", "Highest throughput, requests per second", [("requests/s", lambda f: f("rps"))]),
]


def plot(results, name, title, bars):
    """One panel for each endpoint and number of connections, one bar for each strategy."""
    script = [f"set terminal svg size 900,560 font 'sans-serif,11' background '#ffffff'",
              f"set output '{results.path.parent / (name + '.svg')}'",
              "set style data histograms", "set style histogram rowstacked", "set style fill solid 0.9 noborder",
              "set boxwidth 0.65", "set grid ytics lc rgb '#dddddd'", "set border 3", "set tics nomirror out",
              "set key top right" if len(bars) > 1 else "unset key",
              f"set multiplot layout 2,2 title '{title}'"]
    colours = ("#2c6fbb", "#8fb8de", "#cccccc")
    for endpoint, connections in results.cells:
        rows = []
        for strategy in results.strategies:
            values = [value(lambda figure: results.figure(endpoint, connections, strategy, figure)) for _, value in bars]
            rows.append(f"\"{strategy}\" " + " ".join(f"{value:.2f}" for value in values))
        data = f"$data_{endpoint}_{connections}"
        highest = max(sum(map(float, row.split()[1:])) for row in rows)
        head = 1.45 if len(bars) > 1 and (endpoint, connections) == results.cells[0] else 1.1  # room for the key
        script += [f"{data} << EOD", *rows, "EOD", f"set yrange [0:{highest * head:.4g}]", f"set title '/{endpoint}, {connections} connection{'s' * (connections > 1)}'",
                   "plot " + ", ".join(f"{data} using {i + 2}:xtic(1) lc rgb '{colours[i]}' title '{bar[0]}'"
                                       for i, bar in enumerate(bars)),
                   "unset key"]
    subprocess.run(["gnuplot"], input="\n".join(script) + "\n", text=True, check=True)


def main():
    if len(sys.argv) not in (2, 3) or (len(sys.argv) == 3 and sys.argv[2] not in ("--plots", "--update", "--check")):
        sys.exit(__doc__)
    results = Results(sys.argv[1])
    mode = sys.argv[2] if len(sys.argv) == 3 else ""
    if mode == "--check":
        stale = [str(path) for path, text, should in quoted(results) if text != should]
        sys.exit(f"{', '.join(stale)}: not the figures of {sys.argv[1]}; run report.py --update" if stale else 0)
    if mode == "--update":
        for path, text, should in quoted(results):
            if text != should:
                path.write_text(should, encoding="utf-8")
        return
    print("\n".join(full(results)))
    missed = sum(ratio is not None and ratio > bound for *_, bound, ratio in target_rows(results))
    print("\nall targets hold" if missed == 0 else f"\n{missed} targets miss")
    if results.data["quick"]:
        print("(a quick run: figures not to be relied on)")
    if mode == "--plots":
        if not shutil.which("gnuplot"):
            print("skipped: the plots, there is no gnuplot", file=sys.stderr)
            return
        for name, title, bars in PLOTS:
            if name != "throughput" or any("rps" in sample for sample in results.data["samples"]):
                plot(results, name, title, bars)


if __name__ == "__main__":
    main()
