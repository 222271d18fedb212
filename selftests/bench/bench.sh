#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# bench.sh             measure everything; write RESULTS.md and plots/
# bench.sh -c          measure what has a bar, and check that it keeps it
# bench.sh -o PATTERN  measure some rows, and print them: those that the extended
#                      regular expression is found in, in "group/name"
# bench.sh -r          write RESULTS.md and plots/ anew, from what was measured last
#
# Builds what it needs; the guest's kernel is KERNEL, 6.12 by default. What was
# measured is in build/bench/*.tsv.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
top=${here%/*/*}
build=$top/build/bench
kernel=${KERNEL:-6.12}

usage()
{
	sed -n '4,/^[^#]/ s/^# \?//p' "$0" >&2
	exit 2
}

what=all pattern=
while getopts co:r option; do
	case $option in
	c) what=check ;;
	o) what=only pattern=$OPTARG ;;
	r) what=report ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
[ $# -eq 0 ] || usage

make_programs()
{
	mkdir -p "$build"
	if ! ${MAKE:-make} -C "$top" bench-programs "module-$kernel" \
			>"$build/make.log" 2>&1; then
		tail -n 30 "$build/make.log" >&2
		exit 1
	fi
}

# guest GUEST_OPTION... -- WHAT...: see run.sh
guest()
{
	local options=()

	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	"$top/selftests/qemu/guest.sh" -k "$kernel" -m 2048 -t 1200 "${options[@]}" \
		-- /usr/lib/wapi/bench/run.sh "$@"
}

# measure FILE GUEST_OPTION... -- WHAT...: what is no figure tells what was wrong
measure()
{
	local file=$1

	shift
	if ! guest "$@" >"$file"; then
		grep -v $'\t' "$file" >&2 || :
		exit 1
	fi
}

# One boot for each way of measuring: with counted instructions there is one
# processor, and what runs in parallel needs two.
measure_all()
{
	echo 'counting instructions' >&2
	measure "$build/counted.tsv.new" -I -- counted
	echo 'taking times' >&2
	measure "$build/time.tsv.new" -c 2 -A idle=poll -- time
	printf 'about\temulator\t%s\n' "$(qemu-system-x86_64 --version |
		sed -n '1s/.*version \([^ ]*\).*/\1/p')" >>"$build/counted.tsv.new"
	mv "$build/counted.tsv.new" "$build/counted.tsv"
	mv "$build/time.tsv.new" "$build/time.tsv"
}

# What misses its bar, and is a round; one of the types stands for all.
missed()
{
	awk -F '\t' '
		FNR == NR { if (!/^#/ && $3 == "null") bar[$1] = $2; next }
		$1 == "row" && ($2 in bar) && $3 + 0 > bar[$2] + 0 { print $2 }' \
		"$here/bars" "$build/counted.tsv" |
		sed 's/, per pair$//' | grep -v -e ', per ' -e 'new + close, [^e]' || :
}

profile_missed()
{
	local rows

	mapfile -t rows < <(missed)
	echo 'counting by function' >&2
	"$here/profile.sh" -t null/ioctl "${rows[@]}" >"$build/profile.tsv.new"
	mv "$build/profile.tsv.new" "$build/profile.tsv"
}

write_report()
{
	"$top/selftests/qemu/deps.sh" gnuplot-nox
	"$here/plot.sh" "$build/counted.tsv" "$here/plots"
	awk -f "$here/report.awk" "$here/bars" "$here/versus" "$build/counted.tsv" \
		"$build/time.tsv" "$build/profile.tsv" "$here/RESULTS.md.in" >"$build/RESULTS.md"
	mv "$build/RESULTS.md" "$here/RESULTS.md"
	echo "written: $here/RESULTS.md" >&2
}

case $what in
only)
	make_programs
	guest -I -- only "$pattern" | awk -F '\t' '
		$2 ~ /^null/ && seen[$2]++ { next }
		$1 == "row" { printf "%9.3f %-5s  %11.1f  %s\n", $3, $4, $5, $2; next }
		{ print }'
	;;
check)
	make_programs
	mapfile -t names < <(sed '/^#/d' "$here/bars" | cut -f 1)
	status=0
	guest -I -- rows "${names[@]}" >"$build/check.tsv" || status=$?
	awk -v status="$status" -f "$here/check.awk" "$here/bars" "$build/check.tsv"
	;;
all)
	make_programs
	measure_all
	profile_missed
	write_report
	;;
report)
	write_report
	;;
esac
