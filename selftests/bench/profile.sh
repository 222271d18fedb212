#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# profile.sh ROW [ROUNDS] - which functions a row's instructions are in
#
# QEMU writes down every instruction of some rounds (100) of a row, like "wapi/set"
# or "null/ioctl", in a guest with counted instructions. Prints how many there
# are in a round, in total and by function, in the order of their number; what a
# timer did meanwhile is among them. Builds nothing: see bench.sh.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
top=${here%/*/*}
bench=build/root/usr/lib/wapi/bench

[ $# -ge 1 ] || { sed -n 's/^# \?//; 4,8p' "$0" >&2; exit 2; }
row=$1 rounds=${2:-100}

dir=$(mktemp -d)
pid=
# shellcheck disable=SC2317 # the trap calls it
cleanup()
{
	[ -z "$pid" ] || kill "$pid" 2>/dev/null || :
	wait
	rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 130' INT

mkfifo "$dir/monitor.in" "$dir/monitor.out" "$dir/output"
"$top/selftests/qemu/guest.sh" -k "${KERNEL:-6.12}" -I -m 2048 -M "$dir/monitor" -- \
	/usr/lib/wapi/bench/run.sh watch "$row" >"$dir/output" &
pid=$!
exec 3<>"$dir/monitor.in" 4<>"$dir/monitor.out"

begins=$(nm "$top/$bench/bench" | sed -n 's/ T round_begins$//p')

# The trace is of rounds enough when they have begun.
traced()
{
	grep -c "/$begins/" "$dir/trace" 2>/dev/null || :
}

while IFS= read -r line; do
	case $line in
	'symbols '*)
		printf '%s\n' "${line#symbols }" >>"$dir/symbols.gz.base64"
		;;
	looping)
		printf '%s\n' "logfile $dir/trace" 'log exec' 'singlestep on' >&3
		while [ "$(traced)" -le "$rounds" ]; do
			sleep 0.2
			kill -0 "$pid"
		done
		printf '%s\n' 'log none' 'singlestep off' >&3
		;;
	*)	printf '%s\n' "$line" >&2 ;;
	esac
done <"$dir/output"
wait "$pid"
pid=

base64 -d "$dir/symbols.gz.base64" | gzip -d >"$dir/symbols"

# Whole rounds only; each address, with how often it was executed.
awk -F / -v begins="$begins" -v rounds="$rounds" '
	$2 == begins && seen++ == rounds { exit }
	seen { print $2 }' "$dir/trace" |
	sort | uniq -c | awk '{ print $2, "=", $1 }' >"$dir/executed"

# Behind each symbol come the addresses of its function.
sort -s -k 1,1 "$dir/symbols" "$dir/executed" | awk -v rounds="$rounds" '
	$2 != "=" { function_name = $2; next }
	{
		where = $1 ~ /^0000/ ? "(user space)" : function_name
		count[where] += $3
		total += $3
	}
	END {
		printf "%9.1f  in all, a round\n", total / rounds
		for (where in count)
			if (count[where] / rounds >= 0.05)
				printf "%9.1f  %5.1f %%  %s\n", count[where] / rounds,
				       100 * count[where] / total, where
	}' | sort -k 1,1nr
