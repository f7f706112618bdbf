#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The classes in examples/custom_arena.cpp have as many lines as their comments say, fewer than 40.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../../examples"
awk '
  /^\/\/.* [0-9]+ lines:$/ { stated = $(NF - 1); first = NR + 1 }
  /^};$/ && stated {
    lines = NR - first + 1
    print lines " lines, stated: " stated
    if (lines != stated || lines >= 40) failed = 1
    ++classes
    stated = 0
  }
  END {
    if (classes != 2) { print "expected two classes, found " classes + 0; failed = 1 }
    if (failed) print "FAILED: the comments in custom_arena.cpp do not fit its classes"
    exit failed
  }' custom_arena.cpp
