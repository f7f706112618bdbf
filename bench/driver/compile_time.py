# SPDX-License-Identifier: Apache-2.0
"""What including the library costs, next to the standard headers that a user would include instead."""

import pathlib
import re
import resource
import statistics
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
TIMES = 9
SOURCES = {
    "umbrella": "#include <arena/arena.hpp>\n",
    "standard": "#include <memory_resource>\n#include <memory>\n",
}


def seconds_to_compile(compiler, source, folder):
    """CPU seconds of one compilation."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([compiler, "-std=c++20", "-O2", f"-I{ROOT / 'include'}", "-c", source, "-o", folder / "out.o"],
                   check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def lines(compiler):
    """(preprocessed lines of the umbrella, of the standard headers), as the suite's check counts them."""
    printed = subprocess.run(["bash", ROOT / "tests" / "checks" / "umbrella_size.sh", compiler],
                             stdout=subprocess.PIPE, text=True, check=False).stdout
    found = re.search(r"umbrella (\d+) lines, .* (\d+), ratio", printed)
    if not found:
        raise RuntimeError(f"umbrella_size.sh does not say how many lines there are: {printed}")
    return int(found[1]), int(found[2])


def measure(compilers, show=lambda words: None):
    """Returns {compiler: {"seconds": {source: [..]}, "lines": {source: ..}}}."""
    results = {}
    for compiler in compilers:
        with tempfile.TemporaryDirectory() as temporary:
            folder = pathlib.Path(temporary)
            for name, text in SOURCES.items():
                (folder / f"{name}.cpp").write_text(text, encoding="utf-8")
                seconds_to_compile(compiler, folder / f"{name}.cpp", folder)  # the files are in memory now
            seconds = {name: [] for name in SOURCES}
            for number in range(TIMES):
                show(f"compile time of {compiler}, {number + 1} of {TIMES}")
                for name in SOURCES if number % 2 else reversed(SOURCES):
                    seconds[name].append(round(seconds_to_compile(compiler, folder / f"{name}.cpp", folder), 4))
        umbrella, standard = lines(compiler)
        results[compiler] = {"seconds": seconds, "lines": {"umbrella": umbrella, "standard": standard}}
    return results


def ratios(entry):
    """(seconds of the umbrella by those of the standard headers, median of the ratios; the same in lines)."""
    pairs = zip(entry["seconds"]["umbrella"], entry["seconds"]["standard"])
    return (statistics.median(ours / theirs for ours, theirs in pairs),
            entry["lines"]["umbrella"] / entry["lines"]["standard"])
