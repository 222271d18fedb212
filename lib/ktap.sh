# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh disable=SC2034,SC2154 # status and check are of who reads this
#
# For scripts that check what was built, to read: each of their tests is a function.
# What it says is kept in the directory $check.  0 is passed, 4 skipped, with the
# reason last.  $status is for the script to exit with.

number=0
status=0

result() {
	number=$((number + 1))
	case $1 in
	0) echo "ok $number $2" ;;
	4) echo "ok $number $2 # SKIP $3" ;;
	*) echo "not ok $number $2"; status=1 ;;
	esac
}

# Run a test; what it says becomes diagnostics.
check() {
	"$1" > "$check/said" 2>&1
	code=$?
	sed 's/^/# /' "$check/said"
	result $code "$1" "$(tail -n 1 "$check/said")"
}

same() {
	diff "$1" "$2" && [ -s "$1" ]
}
