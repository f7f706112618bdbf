#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Mutation tests: breaks one invariant of the headers after the other (mutations.txt), in copies of
# them, and sees whether the tests notice. bash tests/mutation/run.sh --help tells the options.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
have() { command -v "$1" >/dev/null 2>&1; }
has_catch() { [[ -e /usr/include/catch2 || -e /usr/local/include/catch2 ]]; }

missing=()
have python3 || missing+=(python3)
have clang++ || have g++ || missing+=(g++)
has_catch || missing+=(catch2)
if ((${#missing[@]} > 0)); then
  echo "missing: ${missing[*]}"
  as_root=()
  ((EUID == 0)) || as_root=(sudo -n)
  if have apt-get; then
    "${as_root[@]}" apt-get update -q || true
    "${as_root[@]}" apt-get install -y -q --no-install-recommends "${missing[@]}" || true
  fi
fi
if ! have python3 || ! { have clang++ || have g++; } || ! has_catch; then
  echo "skipped: install these with your package manager: ${missing[*]}"
  exit 77
fi
exec python3 "$here/run.py" "$@"
