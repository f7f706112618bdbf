#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# request_handler.sh PROGRAM SAMPLE: the request handler of the examples answers a good body, from a
# file and from standard input, with just the JSON that it should; a bad body, or none, gets a message
# and exit status 1, never a signal and never a part of an answer.
set -euo pipefail

program=$1
sample=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  echo "FAILED: $1"
  echo "--- output:" && head -c 2000 "$work/out"
  echo "--- messages:" && head -c 2000 "$work/err"
  exit 1
}
run() {  # run STATUS ARGUMENT...: standard input is the caller's
  local expected=$1 status=0
  shift
  "$program" "$@" >"$work/out" 2>"$work/err" || status=$?
  ((status == expected)) || fail "exit status $status, not $expected"
}
good() {  # good ANSWER
  [[ $(cat "$work/out") == "$1" ]] || fail "the answer is not $1"
  grep -Eq '^arena: [1-9][0-9]* of [1-9][0-9]* bytes, peak [1-9][0-9]*$' "$work/err" ||
    fail "there are no figures"
}
bad() {  # bad REGEX
  [[ ! -s $work/out ]] || fail "there is an answer to a bad request"
  grep -Eq "^request_handler: .*$1" "$work/err" || fail "no message matches $1"
}

answer='{"count":5,"items":["APPLES","TWELVE \"LARGE\" EGGS","CRèME BRûLéE",'
answer+='"A TAB\u0009AND A\u000aNEW LINE",""]}'
run 0 "$sample" && good "$answer"
run 0 <"$sample" && good "$answer"
run 0 <<<'{"items": []}' && good '{"count":0,"items":[]}'
run 0 <<<'{"items": ["a\\b\u0000"], "more": 1}' && good '{"count":1,"items":["A\\B\u0000"]}'
run 0 <<<'{"items": ["'"$(head -c 100000 /dev/zero | tr '\0' x)"'"]}'
good '{"count":1,"items":["'"$(head -c 100000 /dev/zero | tr '\0' X)"'"]}'

run 1 </dev/null && bad 'parse error'
run 1 <<<'hello' && bad 'parse error'
run 1 <<<'{"items": ["a", "b"' && bad 'unexpected end of input'
run 1 <<<$'{"items": ["\xff"]}' && bad 'ill-formed UTF-8'
run 1 <<<'["a"]' && bad 'not of the form'
run 1 <<<'{}' && bad 'not of the form'
run 1 <<<'{"items": {"a": 1}}' && bad 'not of the form'
run 1 <<<'{"items": ["a", 7]}' && bad 'items\[1\] is of type number'
open=$(head -c 100000 /dev/zero | tr '\0' '[')
close=$(tr '[' ']' <<<"$open")
run 1 <<<"{\"items\": [$open" && bad 'unexpected end of input'
run 1 <<<"{\"items\": [$open$close]}" && bad 'items\[0\] is of type array'
run 1 "$work/no such file" && bad 'cannot be read'
run 1 "$work" && bad 'cannot be read'
run 1 "$sample" "$sample" && bad 'expected one file'
# Its items alone need more than the handler lets a request build.
awk 'BEGIN {
  printf "{\"items\": [\"\""
  for (i = 0; i < 1100000; ++i) printf ",\"\""
  print "]}"
}' >"$work/large.json"
run 1 "$work/large.json" && bad 'too much memory'
if [[ -c /dev/full ]]; then
  status=0
  "$program" "$sample" >/dev/full 2>"$work/err" || status=$?
  ((status == 1)) || fail "exit status $status for an answer that nobody can take"
  : >"$work/out" && bad 'cannot be written'
fi
echo "all answers are right"
