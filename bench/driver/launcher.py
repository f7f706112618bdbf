# SPDX-License-Identifier: Apache-2.0
"""Starts programs for sample.py and tells what they used.

A process of its own that imports next to nothing: Linux counts the pages that a child shares with its
parent just after fork as the child's peak, so a large parent would hide what a small program needs.

Reads one program per line from standard input, fields separated by tabs: its cores (2,3), the seconds it
may take, files for its standard output and error, the number of variables, that many A=B, the command.
Answers with a line: wait status, user and system seconds, peak resident KiB, wall seconds.
"""

import os
import signal
import sys
import time

child = 0


def kill(*_):
    if child > 0:
        os.kill(child, signal.SIGKILL)


def serve(fields):
    global child
    cores, seconds, out, err, count = fields[:5]
    variables, command = fields[5:5 + int(count)], fields[5 + int(count):]
    started = time.monotonic()
    child = os.fork()
    if child == 0:
        try:
            if cores and hasattr(os, "sched_setaffinity"):
                os.sched_setaffinity(0, {int(core) for core in cores.split(",")})
            for number, path in ((1, out), (2, err)):
                os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.execve(command[0], command, {**os.environ, **dict(v.split("=", 1) for v in variables)})
        except OSError as error:
            os.write(2, f"{command[0]}: {error}\n".encode())
        os._exit(127)
    signal.setitimer(signal.ITIMER_REAL, float(seconds))
    _, status, usage = os.wait4(child, 0)
    signal.setitimer(signal.ITIMER_REAL, 0)
    child = 0
    wall = time.monotonic() - started
    print(status, usage.ru_utime, usage.ru_stime, usage.ru_maxrss, wall, flush=True)


def main():
    signal.signal(signal.SIGALRM, kill)
    for line in sys.stdin:
        serve(line.rstrip("\n").split("\t"))


if __name__ == "__main__":
    main()
