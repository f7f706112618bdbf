#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# program.sh COMPILER FLAG... -- SOURCE...: builds a small program from the sources, one translation
# unit each, and runs it. Not a target of the build, so that a failure is one test's, not everyone's.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
command=()
while [[ $1 != -- ]]; do
  command+=("$1")
  shift
done
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$here"
"${command[@]}" -std=c++20 -I"$here/../../include" "$@" -pthread -o "$work/program"
"$work/program"
echo "$* built and ran"
