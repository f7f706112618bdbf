# SPDX-License-Identifier: Apache-2.0
"""The arithmetic on what was measured.

samples: {case: {peer: {"ns": [of round 1, of round 2, ...], ...}}}; a round without a sample is None.
A ratio is always taken within one round, where both were measured within seconds of each other; only
then the median over the rounds.
"""

import collections
import statistics

import targets

# low, high: the quartiles; rounds: how many there were
Ratio = collections.namedtuple("Ratio", "median low high rounds")
# against: the peer it was compared with, None if nothing fits; ratio: None if either was not measured
Verdict = collections.namedtuple("Verdict", "target case against ratio holds")


def present(values):
    return [value for value in values if value is not None]


def median_time(samples, case, peer):
    """Nanoseconds per operation, None if there is no sample."""
    values = present(samples.get(case, {}).get(peer, {}).get("ns", []))
    return statistics.median(values) if values else None


def ratio(samples, case, peer, base):
    """Time of a peer by the time of another, or None."""
    entry = samples.get(case, {})
    if peer not in entry or base not in entry:
        return None
    ratios = [ours / theirs for ours, theirs in zip(entry[peer]["ns"], entry[base]["ns"])
              if ours is not None and theirs is not None]
    if not ratios:
        return None
    low, _, high = statistics.quantiles(ratios, n=4, method="inclusive") if len(ratios) > 1 else ratios * 3
    return Ratio(statistics.median(ratios), low, high, len(ratios))


def fastest(samples, case, candidates):
    """The name with the lowest median time among those that were measured, or None."""
    times = {peer: median_time(samples, case, peer) for peer in candidates}
    times = {peer: time for peer, time in times.items() if time is not None}
    return min(times, key=times.get) if times else None


def glibc(samples, case):
    """The name under which glibc's malloc is fastest: the base of most ratios."""
    return fastest(samples, case, targets.GLIBC)


def fastest_peer(samples, case):
    return fastest(samples, case, [peer for peer in samples.get(case, {}) if targets.is_peer(peer)])


def memory(entry):
    """Bytes reserved by bytes requested, None if the program does not tell."""
    if not entry.get("requested") or entry.get("reserved") is None:
        return None
    return entry["reserved"] / entry["requested"]


def judge(samples):
    """Returns the verdicts on all targets, those that could not be judged included."""
    verdicts = []
    for target in targets.TARGETS:
        cases = [case for case in samples if targets.matches(target.cases, case)]
        for case in cases or [target.cases]:
            if target.against == targets.BEST:
                against = fastest_peer(samples, case)
            else:
                against = fastest(samples, case, target.against)
            reached = ratio(samples, case, target.ours, against) if against else None
            holds = None if reached is None else reached.median <= target.limit
            verdicts.append(Verdict(target, case, against, reached, holds))
    return verdicts


def judge_memory(samples):
    """Returns [(target, case, limit, reached, holds)]."""
    verdicts = []
    for target in targets.MEMORY_TARGETS:
        cases = [case for case in samples if targets.matches(target.cases, case)]
        for case in cases or [target.cases]:
            entry = samples.get(case, {}).get(target.ours, {})
            reached = memory(entry)
            large = entry.get("requested", 0) >= target.large
            limit = target.limit_large if large else target.limit
            verdicts.append((target, case, limit, reached, None if reached is None else reached <= limit))
    return verdicts
