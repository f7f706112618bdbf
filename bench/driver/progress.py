# SPDX-License-Identifier: Apache-2.0
"""One line that tells how far it is."""

import sys
import time


def clock(seconds):
    minutes, rest = divmod(int(seconds + 0.5), 60)
    return f"{minutes}:{rest:02}"


class Progress:
    """Overwrites its line on a terminal; elsewhere prints one every 15 seconds."""

    def __init__(self, stream=None):
        self.stream = stream or sys.stderr
        self.terminal = self.stream.isatty()
        self.printed = 0.0
        self.width = 0

    def show(self, text, left):
        line = f"{clock(left)} left  {text}"
        now = time.monotonic()
        if self.terminal:
            self.stream.write("\r" + line[:110].ljust(self.width))
            self.width = min(len(line), 110)
        elif now - self.printed >= 15:
            self.stream.write(line + "\n")
        else:
            return
        self.stream.flush()
        self.printed = now

    def clear(self):
        if self.terminal and self.width:
            self.stream.write("\r" + " " * self.width + "\r")
            self.stream.flush()
            self.width = 0
