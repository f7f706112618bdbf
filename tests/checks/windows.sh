#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# windows.sh FLAG...: builds windows.cpp for Windows where MinGW is installed, and runs it where Wine
# is. The win32 thread model of MinGW's older versions has no std::mutex, so posix is preferred.
set -euo pipefail

compiler=
for candidate in x86_64-w64-mingw32-g++-posix x86_64-w64-mingw32-g++; do
  if command -v "$candidate" >/dev/null; then
    compiler=$candidate
    break
  fi
done
if [[ -z $compiler ]]; then
  echo "left out, there is no MinGW (apt-get install g++-mingw-w64-x86-64)"
  exit 77
fi
if ! printf '#include <mutex>\nstd::mutex m;' | "$compiler" -x c++ -std=c++20 -fsyntax-only - 2>/dev/null; then
  echo "left out, $compiler has no std::mutex"
  exit 77
fi

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
command=("$compiler" -std=c++20 "$@" -I"$here/../../include" "$here/windows.cpp")
"${command[@]}" -DARENA_WINDOWS_H_LAST -fsyntax-only
"${command[@]}" -O1 -static -o "$work/windows.exe"
echo "windows.cpp compiles with $compiler, <windows.h> first or last"

# Debian's wine64 alone has no command of that name.
wine=$(command -v wine || command -v wine64 || command -v /usr/lib/wine/wine64 || true)
if [[ -z $wine ]]; then
  echo "it is not run, there is no Wine (apt-get install wine)"
  exit 0
fi
export WINEPREFIX=$work/wine WINEDEBUG=-all
end_wine() {
  if command -v wineserver >/dev/null; then wineserver -k || true; fi  # of this prefix
  rm -rf "$work"
}
trap end_wine EXIT
if ! timeout 120 "$wine" cmd /c exit 0 </dev/null >/dev/null 2>&1; then
  echo "it is not run, Wine does not start"
  exit 0
fi
timeout 120 "$wine" "$work/windows.exe" </dev/null
echo "it runs under Wine"
