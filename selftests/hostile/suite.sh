#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# suite.sh - a step: every test of `make check` on one more kernel, which is told
# by the name that this is called by, suite-KERNEL
set -euo pipefail

top=$(cd "$(dirname "$0")/../../.." && pwd)
kernel=${0##*/suite-}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

status=0
{ ${MAKE:-make} -C "$top" tests "module-$kernel" &&
	"$top/selftests/qemu/check.sh" -g "$kernel"; } 2>&1 | tee "$log" || status=$?
grep -E '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' "$log" | tail -n 1 |
	while read -r passed _ failed _ skipped _; do
		printf 'figure\t%s %s\t%s\n' tests passed "$passed" \
			tests failed "$failed" tests skipped "$skipped"
	done >>"$WAPI_FIGURES"
exit $status
