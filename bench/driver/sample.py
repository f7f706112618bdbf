# SPDX-License-Identifier: Apache-2.0
"""One sample: one case of one program in a process of its own, and the programs that there are."""

import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

# What Google Benchmark appends to the name that the source gives a case.
SUFFIX = re.compile(r"/(real_time|process_time|manual_time|threads:\d+|iterations:\d+|repeats:\d+"
                    r"|min_time:[\d.]+s?|min_warmup_time:[\d.]+s?)(?=/|$)")
NANOSECONDS = {"ns": 1.0, "us": 1e3, "ms": 1e6, "s": 1e9}

# status: the exit status, negative if a signal ended it; cpu, wall: seconds; rss: peak, in KiB
Ended = collections.namedtuple("Ended", "status output errors cpu wall rss")
# case: its name without suffixes; full: with them; threaded: more than one thread, so the wall clock counts
Program = collections.namedtuple("Program", "path name")
Pair = collections.namedtuple("Pair", "case peer program full")
# ns: per operation; share: of a core; iterations: of the case
Sample = collections.namedtuple("Sample", "ns share iterations label counters rss wall")


def plain_name(full):
    return SUFFIX.sub("", full)


def is_threaded(case):
    return re.search(r"^(threads|lease)/(.*/)?\d+(/|$)|/threads:", case) is not None


def uses_wall_clock(full):
    return is_threaded(full) or re.search(r"/(real_time|manual_time)(/|$)", full) is not None


def pattern(full):
    """The filter that selects one case and no other."""
    return "^" + re.sub(r"([.\[\]()*+?{}|^$\\])", r"\\\1", full) + "$"


class Launcher:
    """Runs programs, one at a time; see launcher.py."""

    def __init__(self):
        allowed = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
        # The last core for what is measured, another one for the driver.
        self.one = allowed[-1:]
        self.all = allowed
        if len(allowed) > 1:
            os.sched_setaffinity(0, set(allowed[:-1]))
        self.folder = tempfile.TemporaryDirectory()
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(pathlib.Path(__file__).with_name("launcher.py"))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.folder.cleanup()

    def run(self, command, environment=None, threaded=False, seconds=120.0):
        out, err = (os.path.join(self.folder.name, name) for name in ("out", "err"))
        variables = [f"{key}={value}" for key, value in (environment or {}).items()]
        cores = ",".join(str(core) for core in (self.all if threaded else self.one))
        fields = [cores, str(seconds), out, err, str(len(variables)), *variables, *map(str, command)]
        self.process.stdin.write("\t".join(fields) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split()
        if len(answer) != 5:
            raise RuntimeError("the launcher has ended")
        output, errors = (pathlib.Path(path).read_text(encoding="utf-8", errors="replace")
                          if os.path.exists(path) else "" for path in (out, err))
        return Ended(os.waitstatus_to_exitcode(int(answer[0])), output, errors,
                     float(answer[1]) + float(answer[2]), float(answer[4]), int(answer[3]))


def find_programs(build, prefixes):
    """The executables in build/bench whose name is, or begins with, one of the prefixes."""
    folder = pathlib.Path(build) / "bench"
    return [Program(path, path.name) for path in sorted(folder.glob("*"))
            if path.is_file() and os.access(path, os.X_OK) and path.suffix == ""
            and any(path.name == prefix or prefix.endswith("_") and path.name.startswith(prefix)
                    for prefix in prefixes)]


def list_pairs(launcher, program, peer, environment=None):
    """Returns (the cases of a program, KiB that it needs to tell them)."""
    ended = launcher.run([program.path, "--benchmark_list_tests=true"], environment)
    if ended.status != 0:
        raise RuntimeError(f"{program.name} --benchmark_list_tests ends with {ended.status}: {ended.errors}")
    names = [line.strip() for line in ended.output.splitlines() if line.strip()]
    return [Pair(plain_name(name), peer, program, name) for name in names], ended.rss


def parse(ended, full=None):
    """Returns {full name: (Sample)}; raises ValueError with the reason when there is none."""
    if ended.status != 0:
        raise ValueError(f"ends with {ended.status}: {ended.errors.strip()[-300:]}")
    try:
        entries = json.loads(ended.output)["benchmarks"]
    except (json.JSONDecodeError, KeyError) as error:
        raise ValueError(f"does not print JSON: {error}") from error
    samples = {}
    for entry in entries:
        if entry.get("run_type", "iteration") != "iteration":
            continue
        if entry.get("error_occurred"):
            raise ValueError(f"{entry['name']}: {entry.get('error_message', 'error')}")
        unit = NANOSECONDS[entry["time_unit"]]
        operations = entry.get("ops", 1.0)
        if operations <= 0 or entry["real_time"] <= 0:
            raise ValueError(f"{entry['name']}: no time or no operations")
        time = entry["real_time"] if uses_wall_clock(entry["name"]) else entry["cpu_time"]
        known = {"name", "family_index", "per_family_instance_index", "run_name", "run_type", "repetitions",
                 "repetition_index", "threads", "iterations", "real_time", "cpu_time", "time_unit", "label"}
        counters = {key: value for key, value in entry.items()
                    if key not in known and isinstance(value, (int, float))}
        samples[entry["name"]] = Sample(time * unit / operations, entry["cpu_time"] / entry["real_time"],
                                        entry["iterations"], entry.get("label", ""), counters,
                                        ended.rss, ended.wall)
    if full is not None and full not in samples:
        raise ValueError("the case did not run")
    return samples


def measure(launcher, pair, min_time, environment=None):
    """One sample of a pair; ValueError tells why there is none."""
    ended = launcher.run([pair.program.path, f"--benchmark_filter={pattern(pair.full)}",
                          f"--benchmark_min_time={min_time:.4g}", "--benchmark_format=json"],
                         environment, is_threaded(pair.full))
    return parse(ended, pair.full)[pair.full]
