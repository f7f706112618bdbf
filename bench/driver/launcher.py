# SPDX-License-Identifier: Apache-2.0
"""Starts programs for sample.py and tells what they used.

A process of its own that imports next to nothing, not even os and signal, only what is built into them:
Linux counts the pages that a child shares with its parent just after fork as the child's peak, so a large
parent would hide what a small program needs.

Reads one program per line from standard input, fields separated by tabs: its cores (2,3), the seconds it
may take, files for its standard output and error, the number of variables, that many A=B, the command.
Answers with a line: wait status, user and system seconds, peak resident KiB, wall seconds.
"""

import _signal
import posix
import sys
import time

child = 0


def kill(*_):
    if child > 0:
        posix.kill(child, _signal.SIGKILL)


def serve(fields):
    global child
    cores, seconds, out, err, count = fields[:5]
    variables, command = fields[5:5 + int(count)], fields[5 + int(count):]
    started = time.monotonic()
    child = posix.fork()
    if child == 0:
        try:
            if cores and hasattr(posix, "sched_setaffinity"):
                posix.sched_setaffinity(0, {int(core) for core in cores.split(",")})
            for number, path in ((1, out), (2, err)):
                posix.dup2(posix.open(path, posix.O_WRONLY | posix.O_CREAT | posix.O_TRUNC, 0o600), number)
            posix.dup2(posix.open("/dev/null", posix.O_RDONLY), 0)
            posix.execve(command[0], command, {**posix.environ, **dict(v.encode().split(b"=", 1) for v in variables)})
        except OSError as error:
            posix.write(2, f"{command[0]}: {error}\n".encode())
        posix._exit(127)
    _signal.setitimer(_signal.ITIMER_REAL, float(seconds))
    _, status, usage = posix.wait4(child, 0)
    _signal.setitimer(_signal.ITIMER_REAL, 0)
    child = 0
    wall = time.monotonic() - started
    print(status, usage.ru_utime, usage.ru_stime, usage.ru_maxrss, wall, flush=True)


def main():
    _signal.signal(_signal.SIGALRM, kill)
    for line in sys.stdin:
        serve(line.rstrip("\n").split("\t"))


if __name__ == "__main__":
    main()
