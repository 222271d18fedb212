#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Runs the installed selftests, all or those named, in the guest or on a real
# machine with the module loaded:
#
#   run.sh [NAME...]
#
# Prints KTAP, one result per program with its own KTAP indented below, and
# ends with a line "N passed, N failed, N skipped" that counts single tests.
# Succeeds only if nothing failed and something passed.  A program that
# crashes, prints no plan or stops before its plan is fulfilled is a failure.

dir=$(cd "$(dirname "$0")" && pwd) || exit 1
cr=$(printf '\r')

if [ $# -eq 0 ]; then
	[ -r "$dir/tests" ] || { echo "run.sh: $dir/tests is missing: make install" >&2; exit 1; }
	# shellcheck disable=SC2046 # names without blanks
	set -- $(cat "$dir/tests")
fi

# Reads one program's output; shows it on descriptor 3, and prints what it
# comes to: "passed failed skipped".
judge() {
	plan='' seen=0 passed=0 failed=0 skipped=0 status=none
	while IFS= read -r line; do
		line=${line%"$cr"}
		case $line in
		'') continue ;;
		'@@exit '*) status=${line#@@exit }; continue ;;
		esac
		printf '  %s\n' "$line" >&3
		case $line in
		1..0*SKIP*) plan=0 skipped=$((skipped + 1)) ;;
		1..*) [ -n "$plan" ] || { plan=${line#1..}; plan=${plan%% *}; } ;;
		'ok '*'# SKIP'*) skipped=$((skipped + 1)) seen=$((seen + 1)) ;;
		'ok '*) passed=$((passed + 1)) seen=$((seen + 1)) ;;
		'not ok '*) failed=$((failed + 1)) seen=$((seen + 1)) ;;
		esac
	done

	case $plan in
	'' | *[!0-9]*)
		echo "  # run.sh: no plan, exit status $status" >&3
		failed=$((failed + 1))
		;;
	*)
		# A test that never got to its result is a failed one.
		if [ "$seen" -lt "$plan" ]; then
			echo "  # run.sh: $seen of $plan results, exit status $status" >&3
			failed=$((failed + plan - seen))
		elif [ "$seen" -gt "$plan" ]; then
			echo "  # run.sh: $seen results for a plan of $plan" >&3
			failed=$((failed + 1))
		elif [ "$failed" -eq 0 ]; then
			case $status in
			0) ;;
			4) [ "$passed" -eq 0 ] && [ "$skipped" -gt 0 ] || failed=1 ;;
			*) failed=1 ;;
			esac
			[ "$failed" -eq 0 ] || echo "  # run.sh: exit status $status" >&3
		fi
		;;
	esac
	echo "$passed $failed $skipped"
}

exec 3>&1
echo 'KTAP version 1'
echo "1..$#"
total_passed=0 total_failed=0 total_skipped=0 number=0

for name in "$@"; do
	number=$((number + 1))
	name=${name##*/}
	echo "  # Subtest: $name"
	counts=$(
		# The empty line ends a line that a crash has left unfinished.
		{ "$dir/$name" 2>&1 </dev/null 3>&-; printf '\n@@exit %s\n' $?; } | judge
	)
	set_counts() { passed=$1 failed=$2 skipped=$3; }
	# shellcheck disable=SC2086 # three numbers
	set_counts $counts
	total_passed=$((total_passed + passed))
	total_failed=$((total_failed + failed))
	total_skipped=$((total_skipped + skipped))
	echo "# $name: $passed passed, $failed failed, $skipped skipped"
	if [ "$failed" -ne 0 ]; then
		echo "not ok $number $name"
	elif [ "$passed" -eq 0 ]; then
		echo "ok $number $name # SKIP every test of it"
	else
		echo "ok $number $name"
	fi
done

echo "$total_passed passed, $total_failed failed, $total_skipped skipped"
[ "$total_failed" -eq 0 ] && [ "$total_passed" -gt 0 ]
