#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# bench.sh -o PATTERN - measure some rows, and print their ratios to the null
#                       ioctl; PATTERN is an extended regular expression that
#                       is looked for in "group/name"
#
# Builds what it needs. The kernel of the guest is KERNEL, 6.12 by default.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
top=${here%/*/*}
guest=$top/selftests/qemu/guest.sh
bench=/usr/lib/wapi/bench/bench

usage()
{
	sed -n 's/^# \?//; 4,$ { /^set /q; p }' "$0" >&2
	exit 2
}

pattern=
while getopts o: option; do
	case $option in
	o) pattern=$OPTARG ;;
	*) usage ;;
	esac
done
[ -n "$pattern" ] || usage

kernel=${KERNEL:-6.12}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

if ! ${MAKE:-make} -s -C "$top" bench-programs "module-$kernel" >"$log" 2>&1; then
	cat "$log" >&2
	exit 1
fi

# In its first seconds a guest has work in the background.
# shellcheck disable=SC2016 # for the guest's shell to expand
"$guest" -k "$kernel" -I -m 2048 -t 900 -- \
	sh -c 'sleep 10; exec "$@"' sh "$bench" -o "$pattern" |
	awk -F '\t' '
		$1 == "row" { printf "%8.3f %-5s  %10.1f  %s\n", $3, $4, $5, $2; next }
		{ print }'
