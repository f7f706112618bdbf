# SPDX-License-Identifier: Apache-2.0
"""results.md and the README's part, made from raw.json and nothing else."""

import collections
import re
import statistics

import compile_time
import summary
import targets

BEGIN, END = "<!-- figures: bench/results -->", "<!-- end of figures -->"


def number(value, digits=2):
    """Three significant digits where two decimals say less."""
    if value is None:
        return "-"
    if value >= 100:
        return f"{value:,.0f}"
    if value >= 10:
        return f"{value:.1f}"
    return f"{value:.3f}" if value < 0.1 and digits > 2 else f"{value:.2f}"


def ratio_words(ratio, words=lambda value: number(value, 3)):
    """0.084 (0.081 to 0.090): the median and, of several rounds, the quartiles."""
    if ratio is None:
        return "-"
    spread = f" ({words(ratio.low)} to {words(ratio.high)})" if ratio.rounds > 1 else ""
    return words(ratio.median) + spread


def precise(value):
    """Enough digits to see on which side of its limit a ratio is."""
    return f"{value:.3f}"


def table(head, rows, right=()):
    """A Markdown table; the columns of these numbers are aligned to the right."""
    lines = ["| " + " | ".join(head) + " |",
             "| " + " | ".join("-:" if column in right else "-" for column in range(len(head))) + " |"]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return lines


def workload_of(case):
    return case.split("/", 1)[0]


def case_order(case):
    """Numbers in names by value, so that 8B stands before 16B and 10k before 1M."""
    scale = {"": 1, "k": 1000, "M": 1000000}
    known = list(targets.WORKLOADS)
    place = known.index(workload_of(case)) if workload_of(case) in known else len(known)
    parts = re.split(r"(\d+)(k|M)?", case)
    keys = []
    for index in range(0, len(parts) - 1, 3):
        keys.append((parts[index], int(parts[index + 1]) * scale[parts[index + 2] or ""]))
    # Of small/8B/10k, the count comes before the size.
    return place, keys[::-1] if workload_of(case) == "small" else keys, parts[-1]


def name_of(peer):
    """Ours stand out."""
    return f"**{peer}**" if targets.is_ours(peer) else f"*{peer}*" if peer == targets.FLOOR else peer


def row_words(row, case):
    """The name of a row that is compared with, and its case where that is another one."""
    if row is None:
        return "-"
    return row.peer if row.case == case else f"{row.peer} in {row.case}"


def case_table(samples, case):
    base, best = summary.base_row(samples, case), summary.fastest_peer(samples, case)
    rows = []
    for peer in sorted(samples[case], key=lambda peer: summary.median_time(samples, case, peer) or float("inf")):
        entry, row = samples[case][peer], summary.Row(case, peer)
        rss = (entry.get("rss_kib", 0) - entry.get("base_kib", 0)) / 1024
        rows.append([name_of(peer), entry.get("label", ""), number(summary.median_time(samples, case, peer)),
                     ratio_words(summary.ratio(samples, row, base)), ratio_words(summary.ratio(samples, row, best)),
                     number(summary.memory(entry)), number(rss) if rss >= 1 else "< 1"])
    return table(["", "state", "ns/op", f"of {row_words(base, case)}" if base else "-",
                  f"of {row_words(best, case)}" if best else "-", "reserved/requested", "peak RSS, MiB"],
                 rows, range(2, 7))


def target_rows(verdicts):
    rows = []
    for verdict in verdicts:
        words = {True: "holds", False: "**misses**", None: "not measured"}[verdict.holds]
        rows.append([verdict.target.words, f"`{verdict.case}`", verdict.target.ours,
                     row_words(verdict.against, verdict.case), f"<= {verdict.target.limit:.2f}", ratio_words(verdict.ratio, precise),
                     precise(verdict.floor.median) if verdict.floor else "-", words])
    return rows


def verdict_rows(samples):
    rows = target_rows(summary.judge(samples))
    for target, case, limit, reached, holds in summary.judge_memory(samples):
        words = {True: "holds", False: "**misses**", None: "not measured"}[holds]
        rows.append([target.words, f"`{case}`", target.ours, "bytes requested", f"<= {limit:.2f}",
                     precise(reached) if reached else "-", "-", words])
    return rows


def compile_rows(raw):
    rows = []
    for compiler, entry in raw.get("compile_time", {}).items():
        seconds, lines = compile_time.ratios(entry)
        for what, ratio, ours, theirs in (
                ("seconds of CPU", seconds, statistics.median(entry["seconds"]["umbrella"]),
                 statistics.median(entry["seconds"]["standard"])),
                ("lines", lines, entry["lines"]["umbrella"], entry["lines"]["standard"])):
            holds = "holds" if ratio <= targets.COMPILE_TIME_LIMIT else "**misses**"
            rows.append([compiler, what, number(ours), number(theirs), f"{ratio:.2f}",
                         f"<= {targets.COMPILE_TIME_LIMIT}", holds])
    return rows


VERDICT_HEAD = ["workload", "case", "ours", "compared with", "target", "reached", "floor", ""]


def verdict_table(rows):
    return table(VERDICT_HEAD, rows, (4, 5, 6))


def tally(rows):
    counts = {words: sum(row[-1].strip("*") == word for row in rows)
              for word, words in (("holds", "hold"), ("misses", "miss"), ("not measured", "not measured"))}
    return ", ".join(f"{count} {words}" for words, count in counts.items() if count)


def caveats(raw):
    head = raw["header"]
    words = [
        "Times are those of one machine on one day. Compare within a row or a table; differences below a tenth mean "
        "nothing, and absolute times say little about another machine.",
        "A ratio is the median over the rounds of the ratio within each round, in parentheses the quartiles. "
        "Time is CPU time of a process pinned to one core; with two threads it is the clock's.",
        "Default options unless a name says otherwise: `_buf` was given one buffer of the size that it would need, "
        "`_sized` knows how much a request needs, `_pool` takes the arena from a pool.",
        f"`{targets.FLOOR}` is a loop written by hand that checks nothing but the end of its memory. It is no peer.",
        "Peak RSS is what the whole process needed beyond what it needs to start.",
        "What an arena gives up is not in here: single objects are not freed before the rest.",
    ]
    if head.get("partial"):
        words.insert(0, f"**{head['partial']}: not a full run. Do not quote it.**")
    if head.get("load", 0) > 0.5:
        words.insert(1, f"**The machine had other work (load {head['load']:.1f} at the start).**")
    return [f"- {line}" for line in words]


def header_rows(raw):
    head = raw["header"]
    rows = [["date", head["date"]], ["command", f"`{head['command']}`"], ["revision", head["revision"]]]
    rows += [[key, value] for key, value in head["machine"].items()]
    for compiler, words in head["toolchains"].items():
        rows.append([compiler, words])
    rows += [["load at the start", f"{head['load']:.2f}"],
             ["time that went to other virtual machines", f"{head['stolen']:.1f} %"],
             ["took", f"{head['minutes']:.1f} minutes"],
             ["seed of the order", head["seed"]]]
    return rows


def results(raw, plots):
    """The text of results.md. plots: [(file name, words)]."""
    main = raw["runs"][0]
    samples = main["samples"]
    head = raw["header"]
    lines = ["# Results", "", "Made by `bench/run.sh`; any change by hand is found by the suite. What the words mean and "
             "how it is measured: [bench/README.md](../README.md).", "", "## Caveats", "", *caveats(raw), "",
             "## Machine", "", *table(["", ""], header_rows(raw)), ""]
    lines += ["### Peers", "", *table(["peer", "version", "what it is"], head["peers"]), ""]
    if head["missing"]:
        lines += ["Left out, because they are not installed: "
                  + ", ".join(" (package ".join(entry) + (")" if len(entry) > 1 else "") for entry in head["missing"])
                  + ".", ""]
    if head["failures"]:
        lines += ["Failed:", "", *[f"- {words}" for words in head["failures"]], ""]

    targets_rows = verdict_rows(samples)
    lines += ["## Targets", "", f"With {main['compiler']}: {tally(targets_rows)}.", "",
              "The floor is what the same measure gives for `bump`, or for bytes for a buffer that was told how much "
              "is coming (`bytes/expected`): where a missed target is below it, that one misses it, too.", "",
              *verdict_table(targets_rows), ""]
    for run in raw["runs"][1:]:
        if not run["variables"]:
            rows = verdict_rows(run["samples"])
            lines += [f"With {run['compiler']}: {tally(rows)} (reported, not required).", "",
                      *verdict_table(rows), ""]

    lines += ["## At a glance", ""]
    for path, words in plots:
        if path.startswith("overview"):
            lines += [f"![{words}]({path})", ""]
    lines += [*glance_table(samples), ""]
    workloads = list(dict.fromkeys(workload_of(case) for case in sorted(samples, key=case_order)))
    for workload in workloads:
        lines += [f"## {targets.WORKLOADS.get(workload, workload)}", "",
                  f"{main['compiler']}, {main['rounds']} rounds of at least {1e3 * main['min_time']:.0f} ms.", ""]
        for path, words in plots:
            if path.startswith(f"{workload}.") or path.startswith(f"{workload}-"):
                lines += [f"![{words}]({path})", ""]
        for case in sorted(samples, key=case_order):
            if workload_of(case) == workload:
                lines += [f"### {case}", "", *case_table(samples, case), ""]

    for run in raw["runs"][1:]:
        if run["variables"]:
            surroundings = next((s for s in targets.SURROUNDINGS if run["name"].endswith(s.name)), None)
            settings = " ".join(f"`{key}={value}`" for key, value in run["variables"].items())
            lines += [f"## {run['name']}", "", f"{settings}: {surroundings.words if surroundings else ''}. "
                      f"{run['rounds']} rounds.", ""]
        else:
            lines += [f"## {run['name']}", "", "Our rows, the peers that the targets name and those that were fastest "
                      f"with {main['compiler']}; {run['rounds']} rounds.", ""]
        for case in sorted(run["samples"], key=case_order):
            lines += [f"### {case}, {run['name']}", "", *case_table(run["samples"], case), ""]

    others = raw["others"]["samples"]
    if others:
        lines += ["## How cost grows, and the pool", ""]
        for path, words in plots:
            if path.startswith("growth"):
                lines += [f"![{words}]({path})", ""]
        rows = []
        for case in sorted(others, key=case_order):
            for program, entry in others[case].items():
                values = summary.present(entry["ns"])
                extra = ", ".join(f"{key} {number(value)}" for key, value in entry.items()
                                  if isinstance(value, float) and key not in ("share", "ns"))
                rows.append([f"`{case}`", program, number(statistics.median(values) if values else None),
                             f"{number(min(values))} to {number(max(values))}" if values else "-", extra])
        lines += [*table(["case", "program", "ns/op", "lowest to highest", "counters"], rows, (2, 3)), ""]

    rows = compile_rows(raw)
    if rows:
        lines += ["## Compile time", "", "`#include <arena/arena.hpp>` against `<memory_resource>` and `<memory>` together, "
                  f"medians of {compile_time.TIMES} in turns; `-std=c++20 -O2`.", "",
                  *table(["compiler", "", "umbrella", "standard", "ratio", "target", ""], rows, (2, 3, 4, 5)), ""]
    return "\n".join(lines)


# row, base, best: what is compared; glibc, peer, floor: our time by that of the base, the fastest peer, the loop
Headline = collections.namedtuple("Headline", "words row base best glibc peer floor")


def headline_rows(samples):
    rows = []
    for words, case, base, cases in targets.HEADLINES:
        row = summary.Row(case, targets.OURS)
        if summary.median_time(samples, *row) is None:
            continue
        found = summary.fastest(samples, cases or (case,), lambda peer: peer in base)
        best = summary.fastest_peer(samples, case, cases)
        floor = summary.Row(case, targets.FLOOR)
        rows.append(Headline(words, row, found, best, *(summary.ratio(samples, row, other)
                                                        for other in (found, best, floor))))
    return rows


def glance_table(samples):
    """Our time by that of others, a line for each headline."""
    rows = [[row.words, samples[row.row.case][row.row.peer].get("label", ""),
             *(number(ratio.median, 3) if ratio else "-" for ratio in (row.glibc, row.peer)),
             row.best.peer if row.best else "-", number(row.floor.median) if row.floor else "-"]
            for row in headline_rows(samples)]
    return table(["time of `arena`, divided by that of", "state", "glibc malloc", "the fastest peer", "which is",
                  "a bump loop by hand"], rows, (2, 3, 5))


def readme(raw):
    """What stands in the README between BEGIN and END."""
    if raw is None:
        return "\n"
    head, main = raw["header"], raw["runs"][0]
    losses = [f"{row.words} ({1.0 / row.peer.median:.2f} of our time, {row.best.peer})"
              for row in headline_rows(main["samples"]) if row.peer and row.peer.median > 1.0]
    return "\n".join(["", f"The plot above is of {head['date'][:10]}, {head['machine']['processor']}, {main['compiler']} -O2, "
                      f"{head['machine']['C library']}; medians of {main['rounds']} rounds. Faster than we are: "
                      + ("; ".join(losses) or "nobody") + ".", ""]) + "\n"


def document(raw):
    """What stands in examples/README.md between BEGIN and END: what moving from std::pmr brings."""
    case = "document/orders"
    if raw is None or case not in raw["runs"][0]["samples"]:
        return "\n"
    samples = raw["runs"][0]["samples"]
    words = {"glibc_malloc": "`std::allocator`, glibc's malloc", "pmr_mono": "`std::pmr::monotonic_buffer_resource`",
             "arena_pmr": "the same containers over an arena", "arena": "the arena's own containers"}
    rows = [[text, *(number(ratio.median) if ratio else "-" for ratio in (
        summary.ratio(samples, summary.Row(case, peer), summary.Row(case, base)) for base in ("glibc_malloc", "pmr_mono")))]
            for peer, text in words.items() if summary.median_time(samples, case, peer) is not None]
    return "\n".join(["", *table(["time to build, walk and destroy", "of malloc's", "of `std::pmr`'s"], rows, (1, 2)), ""]) + "\n"


# The pages that have figures of raw.json, each between BEGIN and END, and what stands there.
PAGES = {"README.md": readme, "examples/README.md": document}


def replace_region(text, region, page="README.md", opening=BEGIN):
    """The page with the part exchanged that begins so; ValueError if it has no such part."""
    begin = text.find(opening)
    end = text.find(END, begin)
    if begin < 0 or end < 0 or text.count(opening) > 1 or text.count("<!-- figures:") != text.count(END):
        raise ValueError(f"{page} does not have {opening} and {END} once each")
    return text[:begin + len(opening)] + region + text[end:]
