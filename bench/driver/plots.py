# SPDX-License-Identifier: Apache-2.0
"""SVG plots of raw.json by gnuplot."""

import math
import pathlib
import re
import shutil
import statistics
import subprocess

import summary
import tables
import targets

OURS, PEER, OTHER, BY_HAND, BASE, INK, FAINT = (
    "#d9480f", "#3b6ea5", "#9fb3c8", "#b8b8b8", "#5c6670", "#24292f", "#dfe4e9")
# A background of their own, so that they can be read in front of a dark page, too.
PAGE = "#ffffff"
FONT = "DejaVu Sans, Verdana, sans-serif"


def run(script):
    subprocess.run(["gnuplot"], input=script, text=True, check=True)


def available():
    return shutil.which("gnuplot") is not None


def quoted(text):
    return "'" + str(text).replace("'", "''") + "'"


def head(path, width, height, size=12):
    return [f"set terminal svg size {width},{height} font {quoted(f'{FONT},{size}')} background {quoted(PAGE)}",
            f"set output {quoted(path)}", "set termoption noenhanced",
            f"set border linecolor rgb {quoted(FAINT)}", f"set xtics textcolor rgb {quoted(INK)}",
            f"set ytics textcolor rgb {quoted(INK)}", "unset key"]


def span(marks, width):
    """Limits of a logarithmic axis that is `width` pixels long. marks: [(ratio, letters beside it)]; the letters
    stand on the far side of 1, and have to fit."""
    low, high = min([0.9, *(ratio for ratio, _ in marks)]), max([1.1, *(ratio for ratio, _ in marks)])
    low, high = math.log(low) - 0.05, math.log(high) + 0.05
    for _ in range(8):  # one end moves what stands at the other
        for ratio, letters in marks:
            part = min(0.6, (6.6 * letters + 10) / width)
            if ratio <= 1.0:
                low = min(low, (math.log(ratio) - part * high) / (1 - part))
            else:
                high = max(high, (math.log(ratio) - part * low) / (1 - part))
    return math.exp(low), math.exp(high)


def ticks(low, high):
    values = [m * 10.0 ** e for e in range(-4, 5) for m in (1, 2, 5) if low <= m * 10.0 ** e <= high]
    if len(values) > 7:
        values = [value for value in values if re.match(r"1", f"{value:.0e}")] + ([] if 1.0 in values else [1.0])
    return ", ".join(f"{quoted(f'{value:g}')} {value:g}" for value in sorted(set(values)))


def bar(ratio, y, thickness, colour):
    """A bar from 1, where glibc is, to the ratio."""
    low, high = sorted((ratio, 1.0))
    return f"{ratio:.5g} {y:.3f} {low:.5g} {high:.5g} {y - thickness / 2:.3f} {y + thickness / 2:.3f} " \
           f"{int(colour[1:], 16)}"


BARS = "using 1:2:3:4:5:6:7 with boxxyerror fillstyle solid noborder linecolor rgb variable"


def label(ratio, y, text, colour=INK, size=10):
    side = "right offset -0.5,0" if ratio <= 1.0 else "left offset 0.5,0"
    return f"set label {quoted(text)} at {ratio:.5g},{y:.3f} {side} font ',{size}' textcolor rgb {quoted(colour)} front"


def overview(raw, path):
    """Our bar, that of the fastest peer, and a dot for each other peer, for each headline."""
    samples = raw["runs"][0]["samples"]
    rows = [row for row in tables.headline_rows(samples) if row.glibc]
    bars, dots, labels, names, marks = [], [], [], [], []
    for index, row in enumerate(rows):
        top = 3.6 * (len(rows) - 1 - index)
        reached = row.glibc.median
        names.append(f"{quoted(row.words)} {top + 1.0:.2f}")
        bars.append(bar(reached, top + 2.0, 0.95, OURS))
        labels.append(label(reached, top + 2.0, tables.number(reached, 3), OURS, 11))
        marks.append((reached, 5))
        if row.best and row.best != row.base:
            other = summary.ratio(samples, row.best, row.base).median
            bars.append(bar(other, top + 1.0, 0.95, PEER))
            words = f"{row.best.peer} {tables.number(other, 3)}"
            labels.append(label(other, top + 1.0, words, PEER))
            marks.append((other, len(words)))
        for peer in samples[row.row.case]:
            there = summary.ratio(samples, summary.Row(row.row.case, peer), row.base)
            if there and targets.is_peer(peer) and summary.Row(row.row.case, peer) not in (row.best, row.base):
                dots.append(f"{there.median:.5g} {top:.3f}")
                marks.append((there.median, 0))
    low, high = span(marks, 0.60 * 960)
    height = 120 + 48 * len(rows)
    script = head(path, 960, height) + [
        "$bars << EOD", *bars, "EOD", "$dots << EOD", *(dots or ["NaN NaN"]), "EOD", *labels,
        "set logscale x", f"set xrange [{low:.5g}:{high:.5g}]", f"set xtics ({ticks(low, high)}) scale 0",
        f"set yrange [-1.4:{3.6 * len(rows) - 0.4:.2f}]", f"set ytics ({', '.join(names)}) scale 0",
        f"set grid xtics linetype 1 linecolor rgb {quoted(FAINT)}",
        f"set arrow from 1,graph 0 to 1,graph 1 nohead linecolor rgb {quoted(BASE)} linewidth 1.5 front",
        f"set label 'glibc malloc = 1' at 1,graph 1 center offset 0,0.6 textcolor rgb {quoted(BASE)} font ',10'",
        f"set tmargin at screen {1 - 76 / height:.4f}", "set lmargin at screen 0.37", "set rmargin at screen 0.97",
        f"set bmargin at screen {44 / height:.4f}",
        f"set label 'Time relative to glibc malloc' at screen 0.02,screen {1 - 22 / height:.4f} left "
        f"font ',15' textcolor rgb {quoted(INK)}",
        f"set label {quoted('shorter time to the left, logarithmic; ' + subtitle(raw))} at screen 0.02,"
        f"screen {1 - 42 / height:.4f} left font ',10' textcolor rgb {quoted(BASE)}",
        f"set label '■ arena' at screen 0.60,screen {1 - 22 / height:.4f} left font ',11' textcolor rgb {quoted(OURS)}",
        f"set label '■ the fastest peer' at screen 0.69,screen {1 - 22 / height:.4f} left font ',11' "
        f"textcolor rgb {quoted(PEER)}",
        f"set label '● each other peer' at screen 0.84,screen {1 - 22 / height:.4f} left font ',11' "
        f"textcolor rgb {quoted(OTHER)}",
        f"plot $bars {BARS}, $dots using 1:2 with points pointtype 7 pointsize 0.55 linecolor rgb {quoted(OTHER)}"]
    run("\n".join(script) + "\n")


def subtitle(raw):
    main = raw["runs"][0]
    words = f"{main['compiler']}, medians of {main['rounds']} round{'s' if main['rounds'] > 1 else ''}"
    return words + (f", {raw['header']['partial'].upper()}" if raw["header"].get("partial") else "")


def colour_of(peer):
    if targets.is_ours(peer):
        return OURS
    if peer == targets.FLOOR:
        return BY_HAND
    return BASE if peer in targets.GLIBC else OTHER


def base_words(name):
    names, cases = targets.BASES.get(name, (targets.GLIBC, ()))
    return ("glibc malloc" if names == targets.GLIBC else names[0]) + (f" in {cases[0]}" if cases else "")


def workload(raw, name, cases, path):
    """All peers of a workload: a panel per case, the same order of peers in each row of panels."""
    samples = raw["runs"][0]["samples"]
    columns = min(4, len(cases))
    rows = [cases[start:start + columns] for start in range(0, len(cases), columns)]
    everyone = {peer for case in cases for peer in samples[case]}
    row_height = 60 + 17 * len(everyone)
    width, height = max(760, 180 + 265 * columns), 70 + row_height * len(rows)
    left, gap = 150 / width, 14 / width
    panel = (1 - left - 16 / width - gap * (columns - 1)) / columns
    script = head(path, width, height, 11) + ["set multiplot", "set logscale x"]
    script += [f"set label 1 {quoted(targets.WORKLOADS.get(name, name))} at screen {12 / width:.4f},"
               f"screen {1 - 22 / height:.4f} left font ',15' textcolor rgb {quoted(INK)}",
               f"set label 2 {quoted('time relative to ' + base_words(name) + ', logarithmic; ' + subtitle(raw))} at "
               f"screen {12 / width:.4f},screen {1 - 42 / height:.4f} left font ',10' textcolor rgb {quoted(BASE)}"]
    for line, group in enumerate(rows):
        reached = {peer: {case: found.median for case in group
                          if (found := summary.ratio(samples, summary.Row(case, peer),
                                                     summary.base_row(samples, case)))}
                   for peer in everyone}
        reached = {peer: found for peer, found in reached.items() if found}
        peers = sorted(reached, key=lambda peer: statistics.mean(map(math.log, reached[peer].values())), reverse=True)
        low, high = span([(value, 5) for found in reached.values() for value in found.values()], panel * width)
        top = 1 - (70 + 26 + row_height * line) / height
        bottom = 1 - (70 + row_height * (line + 1) - 30) / height
        for column, case in enumerate(group):
            start = left + column * (panel + gap)
            bars, labels = [], []
            for y, peer in enumerate(peers):
                value = reached[peer].get(case)
                if value is not None:
                    bars.append(bar(value, y, 0.75, colour_of(peer)))
                    labels.append(label(value, y, tables.number(value, 3), OURS if targets.is_ours(peer) else INK, 9))
            names = ", ".join(f"{quoted(peer if column == 0 else '')} {y}" for y, peer in enumerate(peers))
            script += ["unset label", "unset arrow"] if line or column else []
            script += ["$bars << EOD", *bars, "EOD", *labels,
                       f"set lmargin at screen {start:.4f}", f"set rmargin at screen {start + panel:.4f}",
                       f"set tmargin at screen {top:.4f}", f"set bmargin at screen {bottom:.4f}",
                       f"set xrange [{low:.5g}:{high:.5g}]", f"set xtics ({ticks(low, high)}) scale 0",
                       f"set yrange [-0.7:{len(peers) - 0.3}]", f"set ytics ({names}) scale 0",
                       f"set grid xtics linetype 1 linecolor rgb {quoted(FAINT)}",
                       f"set arrow from 1,graph 0 to 1,graph 1 nohead linecolor rgb {quoted(BASE)} front",
                       f"set label {quoted(case)} at graph 0.5,graph 1 center offset 0,0.7 "
                       f"textcolor rgb {quoted(INK)} font ',11'",
                       f"plot $bars {BARS}"]
    script.append("unset multiplot")
    run("\n".join(script) + "\n")


COLOURS = [OURS, PEER, "#2f9e44", "#7048e8", "#0b7285", "#868e96", "#a61e4d"]


def growth(raw, path):
    """What an operation costs by the number of buffers (scale/WHAT/N)."""
    curves = {}
    for case, programs in raw["others"]["samples"].items():
        found = re.fullmatch(r"scale/([^/]+)/(\d+)", case)
        for entry in programs.values() if found else ():
            values = summary.present(entry["ns"])
            if values:
                curves.setdefault(found[1], []).append((int(found[2]), statistics.median(values)))
    if not curves:
        return False
    data, plot = [], []
    highest = max(value for points in curves.values() for _, value in points)
    lowest = min(value for points in curves.values() for _, value in points)
    for index, (name, points) in enumerate(sorted(curves.items())):
        data += [f"$curve{index} << EOD", *(f"{x} {y:.5g}" for x, y in sorted(points)), "EOD"]
        plot.append(f"$curve{index} using 1:2 with linespoints pointtype 7 pointsize 0.6 linewidth 2 linecolor rgb "
                    f"{quoted(COLOURS[index % len(COLOURS)])} title {quoted(name)}")
    width, height = 640, 400
    run("\n".join(head(path, width, height) + [
        f"set label 1 'How cost grows' at screen {14 / width:.4f},screen {1 - 24 / height:.4f} left font ',15' "
        f"textcolor rgb {quoted(INK)}",
        f"set label 2 {quoted('nanoseconds per operation; ' + subtitle(raw))} at screen {14 / width:.4f},"
        f"screen {1 - 46 / height:.4f} left font ',10' textcolor rgb {quoted(BASE)}",
        f"set key inside top left reverse Left font ',10' textcolor rgb {quoted(INK)}", "set tmargin at screen 0.80",
        f"set grid linetype 1 linecolor rgb {quoted(FAINT)}", "set logscale xy", "set format x '%.0f'",
        # The key needs room above the curves.
        f"set yrange [{lowest / 2:.5g}:{highest * 4 ** (1 + len(curves) / 6):.5g}]",
        f"set xlabel 'buffers in the arena' textcolor rgb {quoted(INK)}", *data, "plot " + ", ".join(plot)]) + "\n")
    return True


def draw(raw, folder):
    """Returns [(file name, words)]; exchanges all plots in the folder."""
    folder = pathlib.Path(folder)
    for old in folder.glob("*.svg"):
        if old.name != "scaling.svg":
            old.unlink()
    samples = raw["runs"][0]["samples"]
    drawn = []
    if any(row.glibc for row in tables.headline_rows(samples)):
        overview(raw, folder / "overview.svg")
        drawn.append(("overview.svg", "Time relative to glibc malloc"))
    for name in dict.fromkeys(tables.workload_of(case) for case in sorted(samples, key=tables.case_order)):
        cases = [case for case in sorted(samples, key=tables.case_order)
                 if tables.workload_of(case) == name and summary.base_row(samples, case)]
        if cases:
            workload(raw, name, cases, folder / f"{name}.svg")
            drawn.append((f"{name}.svg", targets.WORKLOADS.get(name, name)))
    if growth(raw, folder / "growth.svg"):
        drawn.append(("growth.svg", "How cost grows"))
    return drawn
