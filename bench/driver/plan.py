# SPDX-License-Identifier: Apache-2.0
"""How long a sample may take, so that all of them fit into the time there is."""

import collections
import random
import time

# What Google Benchmark does with a minimum of one second: it approaches the number of iterations from
# below and overshoots by up to 40 %.
OVERSHOOT = 1.7
SHORTEST, LONGEST = 0.01, 1.0

# setup: seconds of a process besides its last measurement; once: seconds of its shortest measurement;
# steered: whether it takes longer when it is told to
Cost = collections.namedtuple("Cost", "setup once steered", defaults=(True,))


def seconds_of(cost, min_time):
    return cost.setup + (max(cost.once, OVERSHOOT * min_time) if cost.steered else cost.once)


def min_time_for(costs, rounds, budget):
    """The longest min_time with which that many rounds of all samples fit into budget seconds."""
    low, high = SHORTEST, LONGEST
    if rounds * sum(seconds_of(cost, low) for cost in costs) >= budget:
        return low
    for _ in range(40):
        middle = (low + high) / 2
        if rounds * sum(seconds_of(cost, middle) for cost in costs) <= budget:
            low = middle
        else:
            high = middle
    return low


def order(pairs, seed, number, group_of=lambda case: case):
    """The pairs of round `number`: the groups of cases in random order, the pairs of a group next to each
    other, in random order, too."""
    source = random.Random(f"{seed}/{number}")
    groups = {}
    for pair in pairs:
        groups.setdefault(group_of(pair.case), []).append(pair)
    names = sorted(groups)
    source.shuffle(names)
    ordered = []
    for name in names:
        group = sorted(groups[name], key=lambda pair: (pair.case, pair.peer))
        source.shuffle(group)
        ordered += group
    return ordered


class Clock:
    """The time that is left, shared out to phases by weight."""

    def __init__(self, seconds, weights, now=time.monotonic):
        self.now = now
        self.end = now() + seconds
        self.weights = dict(weights)

    def left(self):
        return max(0.0, self.end - self.now())

    def start(self, phase):
        """Returns the seconds of a phase; what earlier ones did not use goes to the later ones."""
        total = sum(self.weights.values())
        return self.left() * self.weights.pop(phase) / total

    def later(self):
        """Whether there are phases to come."""
        return bool(self.weights)
