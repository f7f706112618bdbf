#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# open_metrics.sh COMPILER FLAG...: the metrics of budgets are read by promtool (Debian: prometheus) and
# by the parser of Prometheus' client for Python (python3-prometheus-client), whichever is installed.
set -euo pipefail

compiler=$1
shift
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
promtool=$(command -v promtool || true)
client=
for python in python3 /usr/bin/python3; do  # a package of Debian's is that one's only
  if "$python" -c 'import prometheus_client.openmetrics.parser' 2>/dev/null; then
    client=$python
    break
  fi
done
if [[ -z $promtool && -z $client ]]; then
  echo "left out, there is neither promtool nor a client (apt-get install prometheus python3-prometheus-client)"
  exit 77
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$compiler" -std=c++20 "$@" -I"$here/../../include" "$here/open_metrics.cpp" -pthread -o "$work/program"
"$work/program" >"$work/metrics"

if [[ -n $promtool ]]; then
  # promtool reads the format before OpenMetrics, in which a counter is described with its _total: it
  # misses the help of that name, and may complain of nothing else.
  status=0
  "$promtool" check metrics <"$work/metrics" >"$work/report" 2>&1 || status=$?
  cat "$work/report"
  if [[ $status != 3 || $(cat "$work/report") != "arena_budget_refused_total no help text" ]]; then
    echo "FAILED: $promtool check metrics (exit status $status)"
    exit 1
  fi
  sed '1s/used_bytes gauge/used_bytes gage/' "$work/metrics" >"$work/broken"
  if "$promtool" check metrics <"$work/broken" >"$work/report" 2>&1; then
    echo "FAILED: $promtool does not notice a broken line"
    exit 1
  fi
  echo "$promtool reads the metrics"
fi

if [[ -n $client ]]; then
  "$client" - "$work/metrics" <<'PYTHON'
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families

text = open(sys.argv[1], encoding="utf-8", newline="").read()
families = {family.name: family for family in text_string_to_metric_families(text)}
used = {sample.labels["budget"]: sample.value for sample in families["arena_budget_used_bytes"].samples}
odd = 'process/tenant 7/a "quoted\\" name\n# EOF\n\ufffd\ufffd\ufffd'
expected = {"process": 12345, "process/tenant 7": 12345, "process/tenant 7 (2)": 0, odd: 12345, odd + "/": 12345}
if used != expected or families["arena_budget_refused"].type != "counter" or len(families) != 5:
    sys.exit(f"FAILED: the client reads {families}")
print("the client for Python reads the metrics")
PYTHON
fi
