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
# One row of what was measured.
Row = collections.namedtuple("Row", "case peer")
# against: the row it was compared with, None if there is none; ratio: None if either was not measured;
# floor: the ratio of the target's floor, None where it has none or that was not measured
Verdict = collections.namedtuple("Verdict", "target case against ratio holds floor")


def present(values):
    return [value for value in values if value is not None]


def times(samples, row):
    return samples.get(row.case, {}).get(row.peer, {}).get("ns", [])


def median_time(samples, case, peer):
    """Nanoseconds per operation, None if there is no sample."""
    values = present(times(samples, Row(case, peer)))
    return statistics.median(values) if values else None


def ratio(samples, row, base):
    """Time of one row by the time of another, or None."""
    if row is None or base is None:
        return None
    ratios = [ours / theirs for ours, theirs in zip(times(samples, row), times(samples, base))
              if ours is not None and theirs is not None]
    if not ratios:
        return None
    low, _, high = statistics.quantiles(ratios, n=4, method="inclusive") if len(ratios) > 1 else ratios * 3
    return Ratio(statistics.median(ratios), low, high, len(ratios))


def fastest(samples, cases, chosen):
    """The row with the lowest median time among the peers of these cases that chosen() accepts, or None."""
    rows = [(median_time(samples, case, peer), Row(case, peer))
            for case in cases for peer in samples.get(case, {}) if chosen(peer)]
    rows = [row for row in rows if row[0] is not None]
    return min(rows)[1] if rows else None


def base_row(samples, case):
    """What counts as 1 in the tables and plots of a case."""
    names, cases = targets.base_of(case)
    return fastest(samples, cases or (case,), lambda peer: peer in names)


def fastest_peer(samples, case, cases=()):
    return fastest(samples, cases or (case,), targets.is_peer)


def memory(entry):
    """Bytes reserved by bytes requested, None if the program does not tell."""
    if not entry.get("requested") or entry.get("reserved") is None:
        return None
    return entry["reserved"] / entry["requested"]


def resident(entry):
    """The same for the resident bytes at the peak, less those of a program that only lists its cases."""
    if not entry.get("requested") or not entry.get("rss_kib"):
        return None
    return (entry["rss_kib"] - entry.get("base_kib", 0)) * 1024 / entry["requested"]


def judge(samples, chosen=tuple(targets.TARGETS)):
    """Returns the verdicts on all targets, those that could not be judged included."""
    verdicts = []
    for target in chosen:
        cases = [case for case in samples if targets.matches(target.cases, case)]
        for case in cases or [target.cases]:
            if target.against == targets.BEST:
                against = fastest_peer(samples, case, target.in_cases)
            else:
                against = fastest(samples, target.in_cases or (case,), lambda peer: peer in target.against)
            reached = ratio(samples, Row(case, target.ours), against)
            holds = None if reached is None else reached.median <= target.limit
            peer, floor_case = target.floor
            floor = None
            if against is not None and against.peer != peer:
                floor = ratio(samples, Row(floor_case or case, peer), against)
            verdicts.append(Verdict(target, case, against, reached, holds, floor))
    return verdicts


def judge_memory(samples):
    """Returns [(target, case, limit, reached, holds)]."""
    verdicts = []
    for target in targets.MEMORY_TARGETS:
        cases = [case for case in samples if targets.matches(target.cases, case)]
        for case in cases or [target.cases]:
            entry = samples.get(case, {}).get(target.ours, {})
            reached = resident(entry) if target.resident else memory(entry)
            large = entry.get("requested", 0) >= target.large
            limit = target.limit_large if large else target.limit
            verdicts.append((target, case, limit, reached, None if reached is None else reached <= limit))
    return verdicts
