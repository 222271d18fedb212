#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# check.sh KERNEL... - run every test: those of the sources and the library's own
# here, the selftests in a guest of each kernel
# check.sh -t FILE KERNEL... - only those that FILE names, in guests
#
# Everything must have been built, as `make check` does. What failed is told once
# more at the end. The last line is the sum, "N passed, N failed, N skipped"; a
# guest that ends badly counts as a failed test of its own.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
top=${here%/*/*}
log=$(mktemp) failures=$(mktemp)
trap 'rm -f "$log" "$failures"' EXIT

sum='^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$'
passed=0 failed=0 skipped=0

# count PASSED FAILED SKIPPED STATUS WHAT - what $log says
count()
{
	((passed += $1, failed += $2, skipped += $3)) || :
	if [ "$2" -ne 0 ]; then
		echo "# failed: $5"
	elif [ "$4" -ne 0 ]; then
		((failed += 1))
		echo "# no test failed, and yet it did: $5"
	else
		return 0
	fi >>"$failures"
	awk -f "$top/selftests/failures.awk" "$log" >>"$failures"
}

# here WHAT COMMAND... - tests that need no guest
here()
{
	local what=$1 status=0

	shift
	echo "# $what"
	"$@" 2>&1 | tee "$log" || status=$?
	count "$(grep '^ok ' "$log" | grep -vc '# SKIP')" \
		"$(grep -c '^not ok ' "$log")" \
		"$(grep -c '^ok .*# SKIP' "$log")" $status "$what"
}

selftests=/usr/lib/wapi/selftests
tests=$top/build/root$selftests/tests
if [ "${1-}" = -t ]; then
	tests=$2
	shift 2
else
	here 'the sources' "$top/selftests/static/check.sh" "$@"
	here 'the library' "${MAKE:-make}" -s -C "$top/lib" O="$top/build/lib" check
	here 'building and installing' "$here/install_check.sh" "${!#}"
	here 'the guest' "$here/guest_check.sh" "${!#}"
	here 'the demo' "$here/demo_check.sh" "$@"
fi

# Those that patch the kernel's code are apart, see guest.sh.
mapfile -t patching < <(grep -xFf <(grep -v '^#' "$here/patching") "$tests")
mapfile -t others < <(grep -vxFf "$here/patching" "$tests")

# guest WHAT GUEST_OPTION... -- TEST...
guest()
{
	local what=$1 options=() status=0 p f s

	shift
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	[ $# -gt 0 ] || return 0
	echo "# $what"
	"$here/guest.sh" -t "$limit" "${options[@]}" -- \
		env WAPI_STORM_PERCENT="$percent" WAPI_PATIENCE="$patience" \
		"$selftests/run.sh" "$@" 2>&1 |
		tee "$log" || status=$?
	read -r p _ f _ s _ < <(grep -E "$sum" "$log" | tail -n 1) ||
		p=0 f=0 s=0 status=1
	count "$p" "$f" "$s" "$status" "$what"
}

for kernel; do
	# What checks all that it does is slow: its storms are small ones.
	case $kernel in
	*-*)	limit=7200 percent=2 patience=10 ;;
	*)	limit=1800 percent=100 patience=1 ;;
	esac
	# Memory that nobody has written shows as what it was before.
	guest "Linux $kernel" -k "$kernel" -A init_on_alloc=0 -- "${others[@]}"
	guest "Linux $kernel, loading and tracing" -k "$kernel" -1 -- "${patching[@]}"
done

cat "$failures"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
