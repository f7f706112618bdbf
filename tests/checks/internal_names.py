#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Keeps tests/support/internal_names.hpp complete: the names of all functions in the headers.

tests/unit/allocate/user_functions_do_not_take_over.cpp declares a function of each of these names beside its
types, which no call inside the headers may find. --write writes the file anew; else it has to be up to date.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEADERS = ROOT / 'include' / 'arena'
LIST = ROOT / 'tests' / 'support' / 'internal_names.hpp'
# Declarations of a namespace start in the first column: clang-format sees to that.
NO_FUNCTION = re.compile(r'(//|#|[{}]|class |struct |enum |union |using |namespace |static_assert|friend |concept |requires|'
                         r'template <|ARENA_BEGIN|ARENA_END)')
# Macros and operators in front of the parenthesis that opens a parameter list.
NAME = re.compile(r'\b([A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*)\(')


def names():
    found = set()
    for path in sorted(HEADERS.rglob('*.hpp')):
        for line in path.read_text(encoding='utf-8').splitlines():
            if line[:1].isspace() or not line or NO_FUNCTION.match(line):
                continue
            if match := NAME.search(re.sub(r'"(\\.|[^"\\])*"', '', line)):
                found.add(match[1])
    return sorted(found)


def text():
    lines = [f'  X({name})' for name in names()]
    width = max(map(len, lines)) + 1
    return ('// SPDX-License-Identifier: Apache-2.0\n//\n'
            '// The names of all functions in the headers; written by tests/checks/internal_names.py --write.\n'
            '#ifndef ARENA_TESTS_SUPPORT_INTERNAL_NAMES_HPP\n#define ARENA_TESTS_SUPPORT_INTERNAL_NAMES_HPP\n\n'
            '// clang-format off\n#define ARENA_TEST_INTERNAL_NAMES(X) \\\n'
            + ' \\\n'.join(line.ljust(width).rstrip() for line in lines)
            + '\n// clang-format on\n\n#endif  // ARENA_TESTS_SUPPORT_INTERNAL_NAMES_HPP\n')


def main():
    if len(names()) < 50:
        sys.exit('too few functions were found in the headers')
    if '--write' in sys.argv[1:]:
        LIST.write_text(text(), encoding='utf-8')
    elif not LIST.exists() or LIST.read_text(encoding='utf-8') != text():
        sys.exit(f'{LIST} is not up to date: run tests/checks/internal_names.py --write')
    print(f'{len(names())} names of functions')


if __name__ == '__main__':
    main()
