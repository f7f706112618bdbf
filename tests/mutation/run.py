#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
#
# Breaks the headers on purpose, one invariant of mutations.txt at a time, and sees whether the tests
# notice. tests/mutation/run.sh calls this and installs what it needs.
#
# Each mutation is applied to a copy of include/arena. Its tests are built and run one by one, in the
# order in which mutations.txt names them, until one fails; when none of them does, the random programs
# have their turn. A test that fails with the mutation has to pass without it, else the run is worth
# nothing and ends with an error.
import argparse
import datetime
import fnmatch
import os
import pathlib
import queue
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TESTS = ROOT / 'tests'
UNIT = TESTS / 'unit'
PROGRAMS = ('abort', 'config')  # folders of tests that are no unit tests
HEADERS = ROOT / 'include' / 'arena'

UNIT_SECONDS = 40     # no unit test takes a tenth of it
RANDOM_SECONDS = 400
BUILD_SECONDS = 600
MEMORY_BYTES = 6 << 30  # a broken arena must not take the machine with it
SANITIZERS = {'plain': [], 'address': ['-fsanitize=address,undefined', '-fno-sanitize-recover=all',
                                       '-fno-sanitize=returns-nonnull-attribute',
                                       '-fno-omit-frame-pointer', '-g1'],
              'thread': ['-fsanitize=thread', '-g1']}
FLAGS = ['-std=c++20', '-O0', '-pthread', '-rdynamic', '-w']
# Parsed once for all mutations: nothing of it includes a header of the library.
PRECOMPILED = '''#include "support/catch.hpp"
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <memory_resource>
#include <mutex>
#include <optional>
#include <random>
#include <span>
#include <sstream>
#include <string>
#include <thread>
#include <vector>
'''


class Broken(Exception):
    """The data or the surroundings are wrong: no verdict on the tests."""


# ---- the data ------------------------------------------------------------------------------------

class Mutation:
    def __init__(self, line):
        self.line = line  # of mutations.txt
        self.name = self.breaks = ''
        self.build = 'plain'
        self.tests = []
        self.edits = []  # [after, find, with]


def parse(text):
    mutations = []
    current = None
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith('#'):
            continue
        if not line.strip():
            current = None
            continue
        key, colon, value = line.partition(':')
        value = value.strip()
        if not colon or key not in ('name', 'breaks', 'build', 'tests', 'after', 'find', 'with'):
            raise Broken(f'mutations.txt:{number}: not "key: value": {line}')
        if current is None:
            if key != 'name':
                raise Broken(f'mutations.txt:{number}: a mutation starts with its name')
            current = Mutation(number)
            mutations.append(current)
        if key == 'after':
            current.edits.append([value, None, None])
        elif key == 'find':
            if not current.edits or current.edits[-1][1] is not None:
                current.edits.append([None, None, None])
            current.edits[-1][1] = value
        elif key == 'with':
            if not current.edits or current.edits[-1][2] is not None:
                raise Broken(f'mutations.txt:{number}: "with" has no "find"')
            current.edits[-1][2] = value
        elif key == 'tests':
            current.tests += value.split()
        else:
            setattr(current, key, value)
    names = [mutation.name for mutation in mutations]
    for mutation in mutations:
        where = f'mutations.txt:{mutation.line}: {mutation.name}'
        if names.count(mutation.name) > 1:
            raise Broken(f'{where}: the name is taken')
        if not re.fullmatch(r'[a-z0-9-]+', mutation.name):
            raise Broken(f'{where}: a name has small letters, digits and hyphens')
        if not mutation.breaks or not mutation.tests or not mutation.edits:
            raise Broken(f'{where}: it needs breaks, tests, find and with')
        if mutation.build not in SANITIZERS:
            raise Broken(f'{where}: build is one of {", ".join(SANITIZERS)}')
        for after, find, replacement in mutation.edits:
            if not find or replacement is None or find == replacement:
                raise Broken(f'{where}: it needs a find and a with, and they must differ')
    return mutations


def read_headers(folder):
    return {path: path.read_text(encoding='utf-8') for path in sorted(folder.rglob('*.hpp'))}


def locate(texts, needle, what):
    places = [(path, match.start()) for path, text in texts.items()
              for match in re.finditer(re.escape(needle), text)]
    if len(places) != 1:
        raise Broken(f'{what} occurs {len(places)} times in the headers, not once: {needle}')
    return places[0]


def apply(mutation, texts):
    """The changed texts: {path: text}."""
    changed = {}
    for after, find, replacement in mutation.edits:
        now = {**texts, **changed}
        if after is None:
            path, start = locate(now, find, f'{mutation.name}: the text to replace')
        else:
            path, anchor = locate(now, after, f'{mutation.name}: the text before the one to replace')
            start = now[path].find(find, anchor + len(after))
            if start < 0 or now[path].count('\n', anchor, start) > 15:
                raise Broken(f'{mutation.name}: not within 15 lines after "{after}": {find}')
        text = now[path]
        changed[path] = text[:start] + replacement + text[start + len(find):]
    return changed


def tests_of(mutation):
    """Test sources, each once, in the order in which the mutation names them."""
    found = []
    for pattern in mutation.tests:
        folder, _, stem = pattern.rpartition('/')
        if folder in PROGRAMS:
            candidates = (TESTS / folder).glob('*.cpp')
        elif folder:
            candidates = (UNIT / folder).glob('*.cpp')
        else:
            candidates = UNIT.rglob('*.cpp')
        sources = [path for path in sorted(candidates) if fnmatch.fnmatchcase(path.stem, stem)]
        if not sources:
            raise Broken(f'{mutation.name}: there is no test {pattern}')
        found += [source for source in sources if source not in found]
    return found


def check_stems():
    """A unit test lies in the folder of its header. A stem alone names it, so no two tests share one."""
    seen = {}
    for path in sorted(UNIT.rglob('*.cpp')):
        if path.parent.parent != UNIT:
            raise Broken(f'{path} is not in tests/unit/HEADER/')
        if path.stem in seen:
            raise Broken(f'two unit tests have one name: {seen[path.stem]} and {path}')
        seen[path.stem] = path


def headers_of(mutation, texts):
    return ' '.join(path.name for path in apply(mutation, texts))


# ---- running programs ----------------------------------------------------------------------------

children = set()
children_lock = threading.Lock()
stopping = threading.Event()


def limit_memory():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def run(command, seconds, limited=False, stop_at=None):
    """(exit status or None when the time was over, output). A process group of its own, so that what
    the command started ends with it. stop_at: output after which there is nothing to wait for."""
    if stopping.is_set():
        raise Broken('stopped')
    environment = dict(os.environ, ASAN_OPTIONS='halt_on_error=1:detect_leaks=1',
                       UBSAN_OPTIONS='halt_on_error=1', TSAN_OPTIONS='halt_on_error=1')
    with tempfile.TemporaryFile() as output:
        child = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL,
                                 stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
                                 preexec_fn=limit_memory if limited else None, env=environment)
        with children_lock:
            children.add(child)
        try:
            deadline = time.monotonic() + seconds
            status = None
            while status is None and not stopping.is_set():
                left = deadline - time.monotonic()
                if left <= 0:
                    break
                try:
                    status = child.wait(min(left, 0.5))
                except subprocess.TimeoutExpired:
                    if stop_at and stop_at in os.pread(output.fileno(), 1 << 20, 0):
                        status = 1
        finally:
            try:
                os.killpg(child.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            child.wait()
            with children_lock:
                children.discard(child)
        output.seek(0)
        return status, output.read(1 << 20).decode('utf-8', 'replace')


class Toolbox:
    """The compiler, and what is built once for all mutations."""

    def __init__(self, compiler, folder):
        self.compiler = compiler
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        status, version = run([compiler, '--version'], 60)
        if status != 0:
            raise Broken(f'{compiler} does not run')
        self.is_clang = 'clang' in version
        self.lock = threading.Lock()
        self.locks = {}
        self.done = {}
        stamp = folder / 'compiler'
        if not stamp.exists() or stamp.read_text() != version + PRECOMPILED:
            for old in folder.iterdir():
                if old.is_file():
                    old.unlink()
            stamp.write_text(version + PRECOMPILED)
        # Its speed is most of a short program's build.
        self.linker = []
        for name in ('lld', 'gold'):
            if shutil.which(f'ld.{name}'):
                self.linker = [f'-fuse-ld={name}']
                break

    def once(self, key, work):
        with self.lock:
            lock = self.locks.setdefault(key, threading.Lock())
        with lock:
            if key not in self.done:
                self.done[key] = work()
            return self.done[key]

    def build(self, command, what):
        status, output = run(command, BUILD_SECONDS)
        if status != 0:
            raise Broken(f'{what} cannot be built:\n{output}')

    def catch_main(self):
        """What to link a unit test with."""
        def work():
            source = self.folder / 'catch_main.cpp'
            target = self.folder / 'catch_main.o'
            if target.exists():
                return [target]
            # Distributions ship a library with main(), of version 2 or 3, or the header alone.
            source.write_text('')
            for libraries in (['-lCatch2WithMain'], ['-lCatch2Main', '-lCatch2']):
                status, output = run([self.compiler, *FLAGS, source, *libraries, '-o',
                                      self.folder / 'catch_main'], BUILD_SECONDS)
                if status == 0:
                    return libraries
            source.write_text('#define CATCH_CONFIG_MAIN\n#include <catch2/catch.hpp>\n')
            self.build([self.compiler, *FLAGS, '-c', source, '-o', target],
                       'Catch2 (apt-get install catch2)')
            return [target]
        return self.once('main', work)

    def precompiled(self, build):
        def work():
            header = self.folder / f'{build}.hpp'
            target = self.folder / (f'{build}.hpp.pch' if self.is_clang else f'{build}.hpp.gch')
            if not target.exists():
                header.write_text(PRECOMPILED)
                extra = ['-fpch-instantiate-templates'] if self.is_clang else []
                self.build([self.compiler, *FLAGS, *SANITIZERS[build], *extra, '-I', TESTS,
                            '-x', 'c++-header', header, '-o', target], 'the precompiled header')
            return ['-include-pch', target] if self.is_clang else ['-include', header]
        return self.once(('pch', build), work)


class Result:
    def __init__(self, verdict, detail='', output=''):
        self.verdict = verdict
        self.detail = detail
        self.output = output


def first_error(output):
    for line in output.splitlines():
        if re.search(r'\berror:', line):
            return line
    return output.strip().splitlines()[0] if output.strip() else 'no message'


class Trial:
    """The headers of one folder, under test."""

    def __init__(self, tools, include, folder, build):
        self.tools = tools
        self.include = include
        self.folder = folder
        self.build = build
        folder.mkdir(parents=True, exist_ok=True)

    def compile(self, source, use_catch):
        target = self.folder / f'{source.parent.name}_{source.stem}.o'
        command = [self.tools.compiler, *FLAGS, *SANITIZERS[self.build]]
        if use_catch:
            command += self.tools.precompiled(self.build)
        else:
            head = source.read_text(encoding='utf-8').splitlines()[:60]
            command += [f'-D{macro}' for line in head if line.startswith('// define: ')
                        for macro in line.split()[2:]]
        command += ['-I', self.include, '-I', TESTS, '-c', source, '-o', target]
        status, output = run(command, BUILD_SECONDS)
        return target if status == 0 else None, output

    def link(self, objects, name, libraries):
        program = self.folder / name
        self.tools.build([self.tools.compiler, *FLAGS, *SANITIZERS[self.build], *self.tools.linker,
                          *objects, *libraries, '-o', program], name)
        return program

    def failed_build(self, source, output):
        error = first_error(output)
        # A check that the compiler makes for a test is a check.
        if str(TESTS) in error.split('error:')[0] and 'static' in error and 'assert' in error:
            return Result('failed', f'{source.stem}, when it is compiled', output)
        return Result('did not compile', error, output)

    def unit(self, source):
        target, output = self.compile(source, True)
        if target is None:
            return self.failed_build(source, output)
        program = self.link([target], f'unit_{source.stem}', self.tools.catch_main())
        status, output = run([program], UNIT_SECONDS, limited=self.build == 'plain')
        target.unlink()
        program.unlink()
        if status is None:
            return Result('failed', f'{source.stem}, which did not end', output)
        return Result('passed' if status == 0 else 'failed', source.stem, output)

    def program(self, source):
        """One with cases that have to end with a message (abort), or one that has to succeed (config)."""
        head = source.read_text(encoding='utf-8').splitlines()[:60]
        target, output = self.compile(source, False)
        if target is None:
            return self.failed_build(source, output)
        name = f'{source.parent.name}/{source.stem}'
        program = self.link([target], f'{source.parent.name}_{source.stem}', [])
        if source.parent.name != 'abort':
            status, output = run([program], UNIT_SECONDS)
            return Result('passed' if status == 0 else 'failed', name, output)
        cases = [match[1] for line in head
                 if (match := re.match(r'// expect\(([A-Za-z0-9_]+)\):', line))] or ['-']
        for case in cases:
            status, output = run(['bash', TESTS / 'abort' / 'run.sh', source, case, program],
                                 UNIT_SECONDS)
            if status != 0:
                return Result('failed', name if case == '-' else f'{name}/{case}', output)
        return Result('passed')

    def test(self, source):
        return self.unit(source) if UNIT in source.parents else self.program(source)

    def random(self):
        objects = []
        for source in sorted((TESTS / 'random').glob('*.cpp')):
            target, output = self.compile(source, False)
            if target is None:
                return self.failed_build(source, output)
            objects.append(target)
        program = self.link(objects, 'random', [])
        # It goes on to make a failing program smaller, which nobody reads here.
        status, output = run([program], RANDOM_SECONDS, stop_at=b'(ended by signal')
        if status is None:
            return Result('failed', 'the random programs, which did not end', output)
        return Result('passed' if status == 0 else 'failed', 'the random programs', output)


class Runner:
    def __init__(self, tools, folder, texts, mutations, verbose):
        self.tools = tools
        self.folder = folder
        self.texts = texts
        self.todo = queue.Queue()
        for item in enumerate(mutations):
            self.todo.put(item)
        self.count = len(mutations)
        self.verbose = verbose
        self.started = time.monotonic()
        self.finished = 0
        self.results = {}
        self.error = None
        self.lock = threading.Lock()

    def unmutated(self, key, test):
        """Fails the run when a test fails without any mutation."""
        build = key[0]
        def work():
            trial = Trial(self.tools, HEADERS.parent, self.folder / 'unmutated' / build, build)
            result = test(trial)
            if result.verdict != 'passed':
                raise Broken(f'{key[1]} fails without any mutation ({result.verdict}, '
                             f'{result.detail}):\n{result.output[-3000:]}')
        self.tools.once(('unmutated', key), work)

    def try_one(self, mutation, folder):
        include = folder / 'include'
        shutil.copytree(HEADERS, include / 'arena')
        for path, text in apply(mutation, self.texts).items():
            (include / 'arena' / path.relative_to(HEADERS)).write_text(text, encoding='utf-8')
        trial = Trial(self.tools, include, folder / 'build', mutation.build)
        steps = [(source.stem, lambda trial, source=source: trial.test(source))
                 for source in tests_of(mutation)]
        steps.append(('the random programs', lambda trial: trial.random()))
        for name, test in steps:
            result = test(trial)
            if result.verdict == 'passed':
                continue
            self.unmutated((mutation.build, name), test)
            return result if result.verdict != 'failed' else Result('caught', result.detail,
                                                                    result.output)
        return Result('survived')

    def report(self, mutation, result, seconds):
        with self.lock:
            self.finished += 1
            self.results[mutation.name] = result
            passed = time.monotonic() - self.started
            left = passed / self.finished * (self.count - self.finished)
            by = f' by {result.detail}' if result.verdict == 'caught' else ''
            print(f'[{self.finished}/{self.count}, {passed / 60:.0f} min, {left / 60:.0f} min left] '
                  f'{result.verdict.ljust(6)} {mutation.name}{by} ({seconds:.0f} s)', flush=True)
            if result.verdict != 'caught':
                print(f'    breaks: {mutation.breaks}\n    {result.detail}', flush=True)
            if self.verbose:
                print(result.output, flush=True)

    def work(self):
        while not stopping.is_set():
            try:
                index, mutation = self.todo.get_nowait()
            except queue.Empty:
                return
            started = time.monotonic()
            folder = self.folder / str(index)
            try:
                result = self.try_one(mutation, folder)
            except Exception as error:  # whatever it is, it must not pass for a verdict
                with self.lock:
                    if self.error is None and not stopping.is_set():
                        self.error = error
                stopping.set()
                return
            finally:
                shutil.rmtree(folder, ignore_errors=True)
            self.report(mutation, result, time.monotonic() - started)

    def run(self, jobs):
        threads = [threading.Thread(target=self.work) for _ in range(jobs)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self.error is not None:
            raise self.error
        return self.results


def choose(mutations, arguments):
    if arguments.only:
        chosen = [mutation for mutation in mutations
                  if any(fnmatch.fnmatchcase(mutation.name, name) for name in arguments.only)]
        missing = [name for name in arguments.only
                   if not any(fnmatch.fnmatchcase(mutation.name, name) for mutation in mutations)]
        if missing:
            raise Broken(f'there is no mutation {" ".join(missing)}; --list names them')
        return chosen
    if arguments.sample:
        seed = arguments.seed
        if seed is None:
            seed = datetime.date.today().toordinal()
        print(f'{arguments.sample} of {len(mutations)}; the same again: '
              f'--sample {arguments.sample} --seed {seed}')
        return random.Random(seed).sample(mutations, min(arguments.sample, len(mutations)))
    return mutations


ARITHMETIC = 'align/alignment_and_size_arithmetic_is_exact'


def self_test(tools, folder, texts):
    """That each verdict is given when it is due."""
    def made(name, find, replacement, tests):
        return (f'name: {name}\nbreaks: -\ntests: {tests}\nfind: {find}\nwith: {replacement}\n\n')
    overflow = 'if (size != 0 && count > kMaxSize / size) return false;'
    text = (made('caught', overflow, 'if (false) return false;', ARITHMETIC) +
            made('survives', overflow, 'if (size > 0 && count > kMaxSize / size) return false;',
                 ARITHMETIC) +
            made('does-not-compile', overflow, 'if (nothing) return false;', ARITHMETIC) +
            made('hangs', overflow, 'while (size == 0) asm volatile("");', ARITHMETIC))
    global UNIT_SECONDS
    UNIT_SECONDS = 20
    Trial.random = lambda trial: Result('passed')
    results = Runner(tools, folder, texts, parse(text), False).run(2)
    expected = {'caught': 'caught', 'survives': 'survived', 'does-not-compile': 'did not compile',
                'hangs': 'caught'}
    for name, verdict in expected.items():
        if results[name].verdict != verdict:
            raise Broken(f'self-test: {name}: {results[name].verdict} instead of {verdict}')
    if 'did not end' not in results['hangs'].detail:
        raise Broken('self-test: a test that hangs is not reported as such')
    for find in ('no header has this text', 'return false;'):
        try:
            apply(parse(made('lost', find, 'x', ARITHMETIC))[0], texts)
        except Broken:
            continue
        raise Broken(f'self-test: a text that occurs not once was replaced: {find}')
    Trial.test = lambda trial, source: Result('failed', 'always')
    tools.done = {key: value for key, value in tools.done.items() if key[0] != 'unmutated'}
    try:
        Runner(tools, folder, texts, parse(text)[:1], False).run(1)
    except Broken as error:
        if 'fails without any mutation' in str(error):
            stopping.clear()
            return
    raise Broken('self-test: a test that always fails counted as one that noticed')


def main():
    parser = argparse.ArgumentParser(
        prog='run.sh', description='Breaks one invariant of the headers after the other and sees '
        'whether the tests notice. Exit status 1: one survived or did not compile.')
    parser.add_argument('--list', action='store_true', help='name the mutations and do nothing')
    parser.add_argument('--check', action='store_true',
                        help='see that each mutation can be applied and that its tests exist')
    parser.add_argument('--self-test', action='store_true', help='test this program')
    parser.add_argument('--only', action='append', metavar='NAME', help='may be repeated, * works')
    parser.add_argument('--sample', type=int, metavar='N', help='N of them, others each day')
    parser.add_argument('--seed', type=int, help='which of them --sample takes')
    parser.add_argument('--cxx', default=None, help='the compiler (clang++, or else g++)')
    parser.add_argument('--jobs', type=int, default=min(os.cpu_count() or 2, 8))
    parser.add_argument('--build-dir', type=pathlib.Path, default=ROOT / 'build-mutation',
                        help='where Catch2 is built once (build-mutation)')
    parser.add_argument('--verbose', action='store_true', help="print the tests' output")
    arguments = parser.parse_args()

    mutations = parse((HERE / 'mutations.txt').read_text(encoding='utf-8'))
    texts = read_headers(HEADERS)
    check_stems()
    wrong = []
    for mutation in mutations:
        try:
            apply(mutation, texts)
            tests_of(mutation)
        except Broken as error:
            wrong.append(str(error))
    if wrong:
        raise Broken('\n'.join(wrong))
    if arguments.list:
        for mutation in mutations:
            print(f'{mutation.name} ({headers_of(mutation, texts)}): {mutation.breaks}')
        return 0
    if arguments.check:
        headers = {path.name for mutation in mutations for path in apply(mutation, texts)}
        print(f'{len(mutations)} mutations of {len(headers)} headers can be applied')
        return 0

    compiler = arguments.cxx or ('clang++' if shutil.which('clang++') else 'g++')
    tools = Toolbox(compiler, arguments.build_dir.resolve())
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    with tempfile.TemporaryDirectory(prefix='arena-mutation-') as name:
        folder = pathlib.Path(name)
        if arguments.self_test:
            self_test(tools, folder, texts)
            print('self-test: passed')
            return 0
        chosen = choose(mutations, arguments)
        started = time.monotonic()
        results = Runner(tools, folder, texts, chosen, arguments.verbose).run(arguments.jobs)
    if len(results) != len(chosen):
        raise Broken('stopped')
    verdicts = [result.verdict for result in results.values()]
    ends = sum('did not end' in result.detail for result in results.values())
    headers = {path.name for mutation in chosen for path in apply(mutation, texts)}
    print(f'{len(chosen)} mutations of {len(headers)} headers: {verdicts.count("caught")} caught'
          f' ({ends} of them by a test that did not end in time), {verdicts.count("survived")} survived,'
          f' {verdicts.count("did not compile")} did not compile;'
          f' {(time.monotonic() - started) / 60:.1f} min with {compiler}')
    for name, result in results.items():
        if result.verdict != 'caught':
            print(f'{result.verdict}: {name}')
    return 0 if verdicts.count('caught') == len(chosen) else 1


if __name__ == '__main__':
    try:
        sys.exit(main())
    except Broken as error:
        print(f'run.sh: {error}', file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        stopping.set()
        sys.exit(130)
