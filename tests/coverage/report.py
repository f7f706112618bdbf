#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
#
# report.py FILE.lcov...: the lines of the headers that the suite reaches, and a verdict. Every line has to
# be reached or to stand in unreached.txt with its reason, and nothing else may stand there.
# tests/coverage.sh calls it.
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
HEADERS = HERE.parents[1] / 'include' / 'arena'


class Broken(Exception):
    pass


class Entry:
    """Consecutive lines of one header, of which some are not reached, and why."""

    def __init__(self, number, reason):
        self.number = number  # of unreached.txt
        self.reason = reason
        self.lines = []
        self.unreached = []  # which of them


def parse(text):
    entries = []
    current = None
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith('#'):
            continue
        if line.startswith('reason:'):
            current = Entry(number, line.partition(':')[2].strip())
            entries.append(current)
        elif line.startswith(('> ', '  ')) and current is not None:
            current.unreached.append(line.startswith('>'))
            current.lines.append(line[2:].strip())
        elif line.strip():
            raise Broken(f'unreached.txt:{number}: neither "reason:" nor a line of a header: {line}')
    for entry in entries:
        if not entry.reason or not any(entry.unreached):
            raise Broken(f'unreached.txt:{entry.number}: it needs a reason and lines with "> "')
    return entries


def find(entry, sources):
    """The lines that an entry excuses, as (path, number)."""
    places = []
    for path, lines in sources.items():
        stripped = [line.strip() for line in lines]
        for start in range(len(stripped) - len(entry.lines) + 1):
            if stripped[start:start + len(entry.lines)] == entry.lines:
                places.append((path, start + 1))
    if len(places) != 1:
        raise Broken(f'unreached.txt:{entry.number}: these lines occur {len(places)} times in the '
                     'headers, not once')
    path, first = places[0]
    return {(path, first + i) for i, unreached in enumerate(entry.unreached) if unreached}


def read_lcov(files):
    """{path: {line: count}}, of the headers alone."""
    counts = {}
    for file in files:
        path = None
        for line in pathlib.Path(file).read_text(encoding='utf-8').splitlines():
            if line.startswith('SF:'):
                path = pathlib.Path(line[3:]).resolve()
                if HEADERS not in path.parents:
                    path = None
            elif line.startswith('DA:') and path is not None:
                number, count = line[3:].split(',')[:2]
                lines = counts.setdefault(path, {})
                lines[int(number)] = lines.get(int(number), 0) + int(count)
    return counts


def with_code(counts, sources):
    """Without comments, directives and lonely braces: a function that some program never calls counts
    as a whole."""
    def has_code(line):
        if line.lstrip().startswith('#'):
            return False
        return re.search(r'\w', re.sub(r'\belse\b', '', line.partition('//')[0]))
    return {path: {number: count for number, count in lines.items()
                   if has_code(sources[path][number - 1])} for path, lines in counts.items()}


def judge(counts, sources, entries):
    """(lines unreached and not excused, what is wrong with the list, {line: reason})"""
    excused = {}
    wrong = []
    for entry in entries:
        try:
            places = find(entry, sources)
        except Broken as error:
            wrong.append(str(error))
            continue
        for path, number in sorted(places):
            count = counts.get(path, {}).get(number)
            if count != 0:
                wrong.append(f'unreached.txt:{entry.number}: it names a line that '
                             f'{"has no code" if count is None else "is reached"}: '
                             f'{path.name}:{number}: {sources[path][number - 1].strip()}')
            excused[path, number] = entry.reason
    unreached = {(path, number) for path, lines in counts.items()
                 for number, count in lines.items() if count == 0}
    return sorted(unreached - excused.keys()), wrong, excused


def self_test():
    path = pathlib.Path('a.hpp')
    sources = {path: ['int F() {', '  return 1;', '}', 'int G() {', '  return 2;', '}']}
    counts = {path: {1: 3, 2: 3, 3: 3, 4: 0, 5: 0, 6: 0}}
    good = 'reason: why\n> int G() {\n>   return 2;\n> }\n'
    cases = [
        ('', 3, 0),
        (good, 0, 0),
        ('reason: why\n  int G() {\n> return 2;\n', 2, 0),
        (good + '\nreason: stale\n> return 1;\n', 0, 1),  # reached by now
        (good + '\nreason: gone\n> return 4;\n', 0, 1),
        (good + '\nreason: which one?\n> }\n', 0, 1),
    ]
    for text, missing, wrong in cases:
        result = judge(counts, sources, parse(text))
        if (len(result[0]), len(result[1])) != (missing, wrong):
            raise Broken(f'self-test: {text!r}: {result}')
    for text in ('reason:\n> int G() {\n', 'reason: why\n', 'int G() {\n'):
        try:
            parse(text)
        except Broken:
            continue
        raise Broken(f'self-test: this is no entry: {text!r}')
    print('self-test: passed')
    return 0


def main(words):
    if words == ['--self-test']:
        return self_test()
    if not words:
        raise Broken('usage: report.py FILE.lcov...')
    sources = {path: path.read_text(encoding='utf-8').splitlines()
               for path in sorted(HEADERS.rglob('*.hpp'))}
    counts = with_code(read_lcov(words), sources)
    entries = parse((HERE / 'unreached.txt').read_text(encoding='utf-8'))
    missing, wrong, excused = judge(counts, sources, entries)

    width = max(len(str(path.relative_to(HEADERS))) for path in sources)
    total = reached = 0
    print(f'{"header".ljust(width)}  lines  reached')
    for path in sources:
        name = str(path.relative_to(HEADERS))
        lines = counts.get(path)
        if not lines:
            print(f'{name.ljust(width)}      -  (no code)')
            continue
        hit = sum(count > 0 for count in lines.values())
        total += len(lines)
        reached += hit
        print(f'{name.ljust(width)} {len(lines):6} {hit:8}  {100 * hit / len(lines):5.1f} %')
    if total == 0:
        raise Broken('no line of any header was measured')
    print(f'{"all".ljust(width)} {total:6} {reached:8}  {100 * reached / total:5.1f} %')
    if excused:
        print(f'\nnot reached, with a reason ({len(excused)}):')
        for (path, number), reason in sorted(excused.items()):
            print(f'  {path.relative_to(HEADERS)}:{number}: {sources[path][number - 1].strip()}'
                  f'\n      {reason}')
    if missing:
        print(f'\nNOT REACHED ({len(missing)}):')
        for path, number in missing:
            print(f'  {path.relative_to(HEADERS)}:{number}: {sources[path][number - 1].strip()}')
    for line in wrong:
        print(line)
    if missing or wrong:
        print('FAILED: write the test that reaches these lines, or name the reason in '
              'tests/coverage/unreached.txt')
        return 1
    print('every line is reached, or named with its reason')
    return 0


if __name__ == '__main__':
    try:
        sys.exit(main(sys.argv[1:]))
    except Broken as error:
        print(f'report.py: {error}', file=sys.stderr)
        sys.exit(2)
