#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Installs what the service needs, where there is apt-get, builds it and starts it on 127.0.0.1.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: bash run.sh [--no-install] [OPTION OF THE SERVICE...]
  --port=N               0 takes any that is free (default: 8080)
  --threads=N            (default: 1)
  --memory-limit=BYTES   of all requests and connections
and more, which options.hpp lists. Try it from another terminal:
  curl -d '{"items": ["Crate of Apples"]}' http://127.0.0.1:8080/process
  curl http://127.0.0.1:8080/metrics
TEXT
}

install=1
arguments=()
while (($# > 0)); do
  case $1 in
    --) shift && arguments+=("$@") && break ;;
    --help | -h) usage && exit 0 ;;
    --no-install) install=0 ;;
    *) arguments+=("$1") ;;
  esac
  shift
done

source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build_service "$install"
exec "$service" "${arguments[@]}"
