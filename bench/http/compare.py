#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures the service under load, every strategy in turn; compare.sh calls it.

A sample is a fresh process, warmed up and then loaded in one of two ways: at a fixed rate, the same for
all strategies (h2load), which gives CPU per request, latency and memory; or with each connection sending
its next request as soon as it has an answer (wrk), which gives the highest throughput.
"""

import argparse
import json
import os
import pathlib
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ENDPOINTS = ("orders", "process")
CONNECTIONS = (1, 64)
TICKS = os.sysconf("SC_CLK_TCK")


class Stalled(Exception):
    """A generator did not end in time: its sample says nothing and is taken again."""


class Server:
    """The service, on cores of its own if there are enough."""

    def __init__(self, strategy, pin, threads):
        environment = dict(os.environ)
        if strategy.preload:
            environment["LD_PRELOAD"] = strategy.preload
        self.process = subprocess.Popen([*pin, strategy.program, "--port=0", f"--threads={threads}"],
                                        stdout=subprocess.PIPE, text=True, env=environment)
        self.url = "http://" + self.process.stdout.readline().split()[-1]
        if strategy.preload and strategy.preload not in self.proc("maps"):
            raise RuntimeError(f"{strategy.preload} was not loaded")

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(30) != 0:
            raise RuntimeError(f"the service ended with status {self.process.returncode}")

    def proc(self, name):
        return pathlib.Path(f"/proc/{self.process.pid}/{name}").read_text(encoding="ascii")

    def cpu(self):
        """User and system time, in seconds."""
        fields = self.proc("stat").rsplit(")", 1)[1].split()
        return int(fields[11]) / TICKS, int(fields[12]) / TICKS

    def peak_kb(self):
        return int(re.search(r"VmHWM:\s*(\d+)", self.proc("status"))[1])

    def handler(self, endpoint):
        """Requests so far, those measured, and the CPU time of the handler of these, in nanoseconds."""
        with urllib.request.urlopen(self.url + "/measured", timeout=30) as answer:
            figures = json.load(answer)[endpoint]
        return figures["requests"], figures["measured"], figures["cpu_ns"]


class Strategy:
    def __init__(self, name, program, preload=None):
        self.name, self.program, self.preload = name, program, preload


class Load:
    """The generators."""

    def __init__(self, folder, pin):
        self.folder, self.pin = pathlib.Path(folder), pin
        for endpoint in ENDPOINTS:
            body = subprocess.run([sys.executable, HERE / "payloads.py", endpoint], check=True,
                                  stdout=subprocess.PIPE).stdout
            (self.folder / endpoint).write_bytes(body)
            (self.folder / f"{endpoint}.lua").write_text(
                'wrk.method = "POST"\n'
                f'local file = io.open("{self.folder / endpoint}", "rb")\n'
                'wrk.body = file:read("*a")\nfile:close()\n', encoding="ascii")

    def threads(self, connections):
        """Of the generator that keeps connections busy: it must not be what is measured."""
        return min(connections, len(os.sched_getaffinity(0)) - 1 or 1, 8)

    def run(self, seconds, *command):
        """The output of a generator that should take `seconds`."""
        try:
            return subprocess.run([*self.pin, *command], check=True, stdout=subprocess.PIPE, text=True,
                                  timeout=2 * seconds + 5).stdout
        except subprocess.TimeoutExpired as timeout:
            raise Stalled from timeout

    def requests(self, server, endpoint, connections, count, rate=None):
        """`count` requests, at `rate` a second in all if given; their latencies in microseconds, sorted."""
        log = self.folder / "log"
        log.unlink(missing_ok=True)
        arguments = ["-n", str(count), "-c", str(connections), "-d", str(self.folder / endpoint), f"--log-file={log}"]
        if rate:
            arguments.append(f"--rps={rate / connections}")
        self.run(count / rate if rate else 5, "h2load", "--h1", *arguments, f"{server.url}/{endpoint}")
        rows = [line.split("\t") for line in log.read_text(encoding="ascii").splitlines()]
        if len(rows) != count or any(row[1] != "200" for row in rows):
            raise RuntimeError(f"{count} requests to /{endpoint}, but {len(rows)} answers, or bad ones")
        return sorted(int(row[2]) for row in rows)

    def throughput(self, server, endpoint, connections, seconds):
        """Requests per second, as many as there may be."""
        output = self.run(seconds, "wrk", f"-t{self.threads(connections)}", f"-c{connections}", f"-d{seconds}s", "-s", str(self.folder / f"{endpoint}.lua"),
                          f"{server.url}/{endpoint}")
        if "Non-2xx" in output or "Socket errors" in output:
            raise RuntimeError(output)
        return float(re.search(r"Requests/sec:\s*([\d.]+)", output)[1])


def percentile(values, share):
    return values[min(len(values) - 1, int(share * len(values)))]


def sample_fixed(server, load, endpoint, connections, rate, seconds):
    before = server.peak_kb()
    load.requests(server, endpoint, connections, max(200, 4 * connections))
    count = max(int(rate * seconds) // connections, 1) * connections
    requests_before, measured_before, handler_before = server.handler(endpoint)
    user_before, system_before = server.cpu()
    latencies = load.requests(server, endpoint, connections, count, rate)
    user, system = server.cpu()
    requests, measured, handler = server.handler(endpoint)
    if requests - requests_before != count:
        raise RuntimeError(f"{count} requests were sent, but {requests - requests_before} served")
    return {"requests": count,
            "handler_us": (handler - handler_before) / (measured - measured_before) / 1e3,
            "user_us": (user - user_before) / count * 1e6,
            "system_us": (system - system_before) / count * 1e6,
            "p50_us": percentile(latencies, 0.50),
            "p99_us": percentile(latencies, 0.99),
            "rss_kb": server.peak_kb() - before}


def sample_closed(server, load, endpoint, connections, seconds):
    load.requests(server, endpoint, connections, max(200, 4 * connections))
    return {"rps": load.throughput(server, endpoint, connections, seconds)}


def sample(strategy, pin, threads, load, mode, endpoint, connections, rate, seconds):
    for attempts_left in (2, 1, 0):
        try:
            with Server(strategy, pin, threads) as server:
                if mode == "fixed":
                    return sample_fixed(server, load, endpoint, connections, rate, seconds)
                return sample_closed(server, load, endpoint, connections, seconds)
        except Stalled:
            print(f"\nthe generator stalled, {attempts_left} more tries", file=sys.stderr)
    raise RuntimeError("the generator stalls again and again; is the machine overloaded?")


def calibrate(load, pin, threads, baseline):
    """A rate that leaves the service idle most of the time, with the default allocators, too."""
    rates = {}
    for endpoint in ENDPOINTS:
        with Server(baseline, pin, threads) as server:
            load.requests(server, endpoint, 1, 200)
            start = time.monotonic()
            load.requests(server, endpoint, 1, 1000)
            rates[endpoint] = max(64, round(0.4 * 1000 / (time.monotonic() - start) / 64) * 64)
    return rates


def environment(service):
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    return {"processor": model[1] if model else platform.machine(), "cores": os.cpu_count(),
            "kernel": platform.release(), "libc": " ".join(platform.libc_ver()),
            "service_bytes": os.path.getsize(service)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", required=True, help="the folder of http_arena, http_malloc and http_pmr")
    parser.add_argument("--out", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--preload", action="append", default=[], metavar="NAME=LIBRARY")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    rounds, fixed_seconds, closed_seconds = (1, 0.5, 1) if options.quick else (options.rounds, 2.5, 1)

    malloc, arena, pmr = (os.path.join(options.programs, f"http_{name}") for name in ("malloc", "arena", "pmr"))
    strategies = [Strategy("malloc", malloc), Strategy("arena", arena), Strategy("pmr", pmr)]
    for preload in options.preload:
        name, library = preload.split("=", 1)
        strategies.append(Strategy(name, malloc, library))
    server_pin = generator_pin = []
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) > options.threads and shutil.which("taskset"):
        server_pin, generator_pin = (["taskset", "-c", ",".join(map(str, some))]
                                     for some in (cores[:options.threads], cores[options.threads:]))
    modes = ["fixed"] + (["closed"] if shutil.which("wrk") else [])
    if "closed" not in modes:
        print("skipped: the highest throughput, there is no wrk", file=sys.stderr)

    samples = []
    with tempfile.TemporaryDirectory() as folder:
        load = Load(folder, generator_pin)
        rates = calibrate(load, server_pin, options.threads, strategies[0])
        print("offered rate: " + ", ".join(f"/{name} {rate}/s" for name, rate in rates.items()), file=sys.stderr)
        cells = [(mode, endpoint, connections) for mode in modes for endpoint in ENDPOINTS for connections in CONNECTIONS]
        total, start = rounds * len(cells) * len(strategies), time.monotonic()
        for number in range(rounds):
            for mode, endpoint, connections in cells:
                # Each round begins with another strategy, so that none is always first.
                for strategy in strategies[number % len(strategies):] + strategies[:number % len(strategies)]:
                    figures = sample(strategy, server_pin, options.threads, load, mode, endpoint, connections,
                                     rates[endpoint], fixed_seconds if mode == "fixed" else closed_seconds)
                    samples.append({"round": number, "mode": mode, "endpoint": endpoint, "connections": connections,
                                    "strategy": strategy.name, **figures})
                    spent = time.monotonic() - start
                    left = spent / len(samples) * (total - len(samples))
                    print(f"\r{len(samples)} of {total} samples, about {left:.0f} s left   ", end="", file=sys.stderr,
                          flush=True)
    print(file=sys.stderr)
    results = {"environment": environment(strategies[1].program), "quick": options.quick, "rounds": rounds,
               "fixed_seconds": fixed_seconds, "closed_seconds": closed_seconds, "rates": rates,
               "body_bytes": {endpoint: len(subprocess.run([sys.executable, HERE / "payloads.py", endpoint], check=True,
                                                           stdout=subprocess.PIPE).stdout) for endpoint in ENDPOINTS},
               "pinned": bool(server_pin), "threads": options.threads,
               "strategies": [strategy.name for strategy in strategies], "samples": samples}
    pathlib.Path(options.out, "results.json").write_text(
        json.dumps({**results, "samples": None}, indent=1).replace(
            '"samples": null', '"samples": [\n  ' + ",\n  ".join(map(json.dumps, samples)) + "\n ]") + "\n",
        encoding="ascii")


if __name__ == "__main__":
    main()
