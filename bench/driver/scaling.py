# SPDX-License-Identifier: Apache-2.0
"""What bench/run.sh --scaling writes: scaling.md, scaling.svg and the README's part, from scaling.json."""

import math

import plots
import summary
import tables
import targets

BEGIN = "<!-- figures: bench/results/scaling.md -->"


def per_thread(samples):
    """The samples with the time that an operation takes one thread, while all others do the same."""
    return {case: {peer: {**entry, "ns": [None if ns is None else ns * int(case.rsplit("/", 1)[1])
                                          for ns in entry["ns"]]}
                   for peer, entry in peers.items()}
            for case, peers in samples.items()}


def counts(samples):
    """The numbers of threads that were measured."""
    return sorted({int(case.rsplit("/", 1)[1]) for case in samples})


def row_of(curve, threads):
    return summary.Row(f"{curve.cases}/{threads}", curve.peer)


def measured(panel, samples):
    """The curves of which there is something."""
    return [curve for curve in panel.curves
            if any(summary.median_time(samples, *row_of(curve, threads)) for threads in counts(samples))]


def time_cells(curve, samples):
    return [tables.number(summary.median_time(samples, *row_of(curve, threads))) for threads in counts(samples)]


def name_of(curve):
    return f"**{curve.words}**" if targets.is_ours(curve.peer) else curve.words


def panel_table(panel, samples):
    several = counts(samples)
    most = several[-1]
    rows = []
    for curve in measured(panel, samples):
        slower = summary.ratio(samples, row_of(curve, most), row_of(curve, 1))
        rows.append([name_of(curve), *time_cells(curve, samples), tables.ratio_words(slower)])
    head = [f"ns per {panel.operation} and thread; threads:", *map(str, several), f"{most} by 1"]
    return tables.table(head, rows, range(1, len(head)))


def target_table(samples):
    """The verdicts, without the column for the floor."""
    rows = tables.target_rows(summary.judge(samples, targets.SCALING_TARGETS))
    return tables.table(tables.VERDICT_HEAD[:6] + [""], [row[:6] + row[7:] for row in rows], (4, 5)), tables.tally(rows)


def report(raw, plotted):
    """The text of scaling.md."""
    samples = per_thread(raw["run"]["samples"])
    head = raw["header"]
    verdicts, tally = target_table(samples)
    lines = ["# How it scales with threads", "",
             "Made by `bash bench/run.sh --scaling` from [scaling.json](scaling.json); any change by hand is found by the "
             "suite. How it is measured: [bench/README.md](../README.md).", ""]
    if head["partial"]:
        lines += [f"**{head['partial']}: not a full run. Do not quote it.**", ""]
    if head["load"] > 0.5:
        lines += [f"**The machine had other work (load {head['load']:.1f} at the start).**", ""]
    lines += [
        "Every thread runs on a core of its own, and all do the same: fill one arena, or what stands for it, with 50,000 "
        "objects each, in rounds; or lease from one pool. A time is that of one thread for one operation, while the "
        "others do theirs, by the clock; the drop of all objects is in it. What scales keeps its time as threads are "
        f"added. Medians of {raw['run']['rounds']} rounds; a ratio is the median of those within a round, with its "
        "quartiles. Memory is warm: used by the round before, by whichever thread.", "",
        "With destructors: an object of 40 bytes with a `std::string`. Arenas that are shared, and protobuf, destroy all "
        "of them on one thread; malloc and `std::pmr` leave that to each thread, as an arena for each thread does.",
        "", "## Machine", "", *tables.table(["", ""], tables.header_rows(raw)), "",
        f"## Targets: {tally}", "", *verdicts, ""]
    if plotted:
        lines += ["![Throughput by threads](scaling.svg)", ""]
    for panel in targets.SCALING:
        if measured(panel, samples):
            lines += [f"## {panel.words}", "", *panel_table(panel, samples), ""]
    names = {curve.peer for panel in targets.SCALING for curve in panel.curves}
    lines += ["## Peers", "", *tables.table(["program", "version", "what it is"],
                                            [peer for peer in head["peers"] if peer[0] in names]), ""]
    absent = [entry for entry in head["missing"] if entry[0] in names]
    if absent:
        lines += ["Left out, because they are not installed: " + ", ".join(entry[0] for entry in absent) + ".", ""]
    if head["failures"]:
        lines += ["Failed:", "", *[f"- {words}" for words in head["failures"]], ""]
    return "\n".join(lines)


# What the README shows of the curves.
IN_README = ("arena_private", "arena_local", "arena_thread_cached", "arena_concurrent", "protobuf", "glibc_malloc")


def readme(raw):
    """What stands in the README behind BEGIN: one thread and all of them."""
    samples = per_thread(raw["run"]["samples"])
    head = raw["header"]
    ends = sorted({1, counts(samples)[-1]})
    threads = [f"{count} thread{'s' if count > 1 else ''}" for count in ends]

    def cells(curve):
        return [tables.number(summary.median_time(samples, *row_of(curve, count))) for count in ends]
    plain, destructors, *_ = targets.SCALING
    rows = [[name_of(curve), *cells(curve), *cells(other)] for curve, other in zip(plain.curves, destructors.curves)
            if curve in measured(plain, samples) and curve.peer in IN_README]
    lines = ["", *tables.table([f"ns per object and thread, {head['date'][:10]}, {head['machine']['processor']}", *threads,
                                *(f"with destructors, {words}" for words in threads)], rows, range(1, 1 + 2 * len(ends))),
             ""]
    return "\n".join(lines) + "\n"


# ---- the plot -------------------------------------------------------------------------------------

OURS = ("#a67c00", "#d9480f", "#c2255c", "#862e9c", "#5f3dc4")
THEIRS = ("#1864ab", "#1971c2", "#0b7285", "#2b8a3e", "#5c940d", "#495057", "#868e96", "#343a40")


def powers(values):
    """Limits of a logarithmic axis around the values."""
    return 10 ** (math.log10(min(values)) - 0.1), 10 ** (math.log10(max(values)) + 0.1)


def plot(raw, path):
    """Millions of operations a second, of all threads together, by the number of threads."""
    samples = raw["run"]["samples"]
    panels = [panel for panel in targets.SCALING if measured(panel, samples)]
    several = counts(samples)
    width, row_height = 1240, 380
    rows = (len(panels) + 1) // 2
    ticks = ", ".join(f"'{count}' {count}" for count in several)
    height = 70 + row_height * rows
    script = plots.head(path, width, height, 11) + [
        "set multiplot", "set logscale xy",
        f"set label 1 'Throughput by threads' at screen 0.012,screen {1 - 22 / height:.4f} left font ',15' "
        f"textcolor rgb {plots.quoted(plots.INK)}",
        "set label 2 " + plots.quoted(
            f"millions of operations a second, all threads together; both axes logarithmic; {raw['header']['machine']['processor']}")
        + f" at screen 0.012,screen {1 - 44 / height:.4f} left font ',10' textcolor rgb {plots.quoted(plots.BASE)}",
        f"set grid linetype 1 linecolor rgb {plots.quoted(plots.FAINT)}",
        f"set xtics ({ticks}) scale 0",
        f"set xrange [{several[0] / 1.15:.4g}:{several[-1] * 1.15:.4g}]", "set format y '%g'"]
    for number, panel in enumerate(panels):
        left, top = (number % 2) * 0.5, 1 - (70 + row_height * (number // 2)) / height
        data, curves, values = [], [], []
        ours = theirs = 0
        for index, curve in enumerate(measured(panel, samples)):
            points = [(threads, 1e3 / ns) for threads in several
                      if (ns := summary.median_time(samples, *row_of(curve, threads)))]
            values += [rate for _, rate in points]
            data += [f"$curve{index} << EOD", *(f"{threads} {rate:.5g}" for threads, rate in points), "EOD"]
            if targets.is_ours(curve.peer):
                colour, thick, ours = OURS[ours % len(OURS)], 2.5, ours + 1
            else:
                colour, thick, theirs = THEIRS[theirs % len(THEIRS)], 1.2, theirs + 1
            curves.append(f"$curve{index} using 1:2 with linespoints pointtype {index % 13 + 1} pointsize 0.7 "
                          f"linewidth {thick} linecolor rgb {plots.quoted(colour)} title {plots.quoted(curve.words)}")
        low, high = powers(values)
        script += (["unset label"] if number else []) + data + [
            f"set origin {left},{top - row_height / height:.4f}", f"set size 0.5,{row_height / height:.4f}",
            f"set title {plots.quoted(panel.words)} font ',12' textcolor rgb {plots.quoted(plots.INK)}",
            f"set lmargin at screen {left + 0.045}", f"set rmargin at screen {left + 0.260}",
            f"set key at screen {left + 0.268},screen {top - 55 / height:.4f} left top reverse Left font ',9' samplen 2 "
            f"textcolor rgb {plots.quoted(plots.INK)}",
            f"set yrange [{low:.5g}:{high:.5g}]", "plot " + ", ".join(curves)]
    script.append("unset multiplot")
    plots.run("\n".join(script) + "\n")
