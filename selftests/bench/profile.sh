#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# profile.sh [-n ROUNDS] ROW... - which functions a row's instructions are in
# profile.sh -t ...             - the same as lines of tab-separated fields:
#                                 profile ROW wapi|kernel|user FUNCTION COUNT
#
# QEMU writes down every instruction of some rounds (50) of each row, like
# "wapi/set" or "null/ioctl", in a guest with counted instructions. Prints how many
# there are in a round, in total and by function; rounds that a timer interrupts
# are left out. Builds nothing: see bench.sh.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
top=${here%/*/*}
bench=$top/build/root/usr/lib/wapi/bench/bench

rounds=50 print=text
while getopts n:t option; do
	case $option in
	n) rounds=$OPTARG ;;
	t) print=fields ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || { sed -n '4,/^[^#]/ s/^# \?//p' "$0" >&2; exit 2; }

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

begins=$(nm "$bench" | sed -n 's/ T round_begins$//p')

mkfifo "$dir/monitor.in" "$dir/monitor.out" "$dir/output"
"$top/selftests/qemu/guest.sh" -k "${KERNEL:-6.12}" -I -m 2048 -t 1200 -M "$dir/monitor" \
	-- /usr/lib/wapi/bench/run.sh watch "$@" >"$dir/output" &
pid=$!
# Both ends, so that neither opening waits for the guest.
exec 3<>"$dir/monitor.in" 4<>"$dir/monitor.out"

# trace FILE: until rounds enough have begun
trace()
{
	: >"$1"
	printf '%s\n' "logfile $1" 'log exec' 'singlestep on' >&3
	while [ "$(grep -c "/$begins/" "$1")" -le $((rounds + 1)) ]; do
		sleep 0.2
		kill -0 "$pid"
	done
	printf '%s\n' 'singlestep off' 'log none' >&3
}

traced=0
while IFS= read -r line; do
	case $line in
	'symbols '*)
		printf '%s\n' "${line#symbols }" >>"$dir/symbols.gz.base64"
		;;
	looping)
		((traced += 1))
		trace "$dir/$traced"
		;;
	*)	printf '%s\n' "$line" >&2 ;;
	esac
done <"$dir/output"
wait "$pid"
pid=

base64 -d "$dir/symbols.gz.base64" | gzip -d >"$dir/symbols"

# count TRACE: lines of place, function, and instructions in a round
count()
{
	awk -F / -v begins="$begins" -v rounds="$rounds" '
		$2 == begins && seen++ == rounds { exit }
		seen && NF > 2 { print $2 }' "$1" >"$dir/executed"
	# Behind each symbol come the addresses of its function.
	sort -u "$dir/executed" | sed 's/$/ =/' | sort -s -k 1,1 "$dir/symbols" - | awk '
		$2 != "=" { place = $3 == "[wapi]" ? "wapi" : "kernel"; name = $2; next }
		$1 ~ /^0000/ { print $1, "user", "(user space)"; next }
		{ print $1, place, name }' >"$dir/functions"
	awk -v begins="$begins" '
		FNR == NR {
			where[$1] = $2 "\t" $3 (NF > 3 ? " " $4 : "")
			timer[$1] = $3 ~ /apic_timer/
			next
		}
		$1 == begins { finish() }
		{ here[where[$1]]++; disturbed += timer[$1] }
		function finish(    name)
		{
			for (name in here) {
				if (!disturbed)
					all[name] += here[name]
				delete here[name]
			}
			if (started++ && !disturbed)
				good++
			disturbed = 0
		}
		END {
			finish()
			if (!good)
				exit 1
			for (name in all)
				printf "%s\t%.1f\n", name, all[name] / good
		}' "$dir/functions" "$dir/executed" | sort -t "$(printf '\t')" -k 3,3nr
}

for ((i = 1; i <= traced; i++)); do
	count "$dir/$i" >"$dir/counted"
	if [ $print = fields ]; then
		sed "s|^|profile\t${!i}\t|" "$dir/counted"
	else
		awk -F '\t' -v row="${!i}" '
			{ sum[$1] += $3; total += $3; line[NR] = sprintf("%9.1f  %-7s %s", $3, $1, $2) }
			END {
				printf "%9.1f  in a round of %s:\n", total, row
				printf "           wapi %.1f, kernel %.1f, user %.1f\n",
					sum["wapi"], sum["kernel"], sum["user"]
				for (i = 1; i <= NR; i++)
					print line[i]
			}' "$dir/counted"
	fi
done
