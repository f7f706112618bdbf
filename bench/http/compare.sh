#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Compares examples/http_service with the same service on other memory, under load; installs what is missing for that, where
# there is apt-get. The figures go to results/, and into the README.md files that quote them.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: bash bench/http/compare.sh [--quick] [--rounds=N] [--threads=N] [--out=DIR] [--no-install]
  --quick       a smoke test: one short round, figures not to be relied on, README.md left as it is
  --rounds=N    how often each strategy is measured, in turn (default: 5)
  --threads=N   threads of the service (default: 1); with more, --out is results/N-threads by default
  --out=DIR     where results.json and the plots go (default: results/, with --quick a temporary folder)
  --no-install  install nothing
Takes about ten minutes. Strategies: arena, malloc, pmr, and malloc with mimalloc and jemalloc preloaded
where they are installed. Needs an otherwise idle machine: the generator and the service share it.
TEXT
}

install=1
quick=0
out=
threads=
arguments=()
for argument in "$@"; do
  case $argument in
    --help | -h) usage && exit 0 ;;
    --no-install) install=0 ;;
    --quick) quick=1 && arguments+=(--quick) ;;
    --threads=*)
      arguments+=("$argument")
      [[ $argument == --threads=1 ]] || threads=${argument#--threads=}
      ;;
    --rounds=*) arguments+=("$argument") ;;
    --out=*) out=${argument#--out=} ;;
    *)
      echo "unknown option: $argument" >&2
      usage >&2
      exit 2
      ;;
  esac
done

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../../examples/http_service/common.sh"

library() {  # library NAME: the path of a shared library
  ldconfig -p 2>/dev/null | awk -v name="lib$1.so" 'index($1, name) == 1 { print $NF; exit }'
}
missing=()
have python3 || missing+=(python3)
have h2load || missing+=(nghttp2-client)
have wrk || missing+=(wrk)
have gnuplot || missing+=(gnuplot-nox)
[[ -n $(library mimalloc) ]] || missing+=(libmimalloc2.0)
[[ -n $(library jemalloc) ]] || missing+=(libjemalloc2)
if ((install && ${#missing[@]} > 0)); then
  install_packages "${missing[@]}" || echo "could not install all of: ${missing[*]}" >&2
fi
for program in python3 h2load; do
  if ! have "$program"; then
    echo "the comparison needs $program (h2load is in nghttp2-client)" >&2
    exit 1
  fi
done
for allocator in mimalloc jemalloc; do
  path=$(library "$allocator")
  if [[ -n $path ]]; then
    arguments+=("--preload=$allocator=$path")
  else
    echo "skipped: malloc with $allocator, which is not installed" >&2
  fi
done

build_service "$install" arena malloc pmr
if [[ -z $out ]]; then
  out=$here/results${threads:+/$threads-threads}
  ((quick)) && out=$(mktemp -d)
fi
mkdir -p "$out"
python3 "$here/compare.py" --programs="$variants" --out="$out" "${arguments[@]}"
python3 "$here/report.py" "$out/results.json" --plots
if [[ $out == "$here/results" ]]; then
  python3 "$here/report.py" "$out/results.json" --update
fi
echo "written: $out"
