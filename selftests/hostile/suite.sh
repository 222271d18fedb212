#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# suite.sh - a step: every test of `make check` on one more kernel, which is told
# by the name that this is called by, suite-KERNEL
#
# That takes an hour or two, so a program whose tests have all passed there is not
# run again until it changes, or the kernel does, or anything that is no test: what
# each came to is in the cache.
set -euo pipefail

top=$(cd "$(dirname "$0")/../../.." && pwd)
kernel=${0##*/suite-}
selftests=/usr/lib/wapi/selftests
cache=${WAPI_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/wapi}/suites/$kernel
todo=$(mktemp)
trap 'rm -f "$todo"' EXIT

# A program's tests are in a file of its name, in others that it includes, and in
# the directory whose program it runs.
is_test()
{
	[[ $1 =~ ^\./selftests/([^/]*)\.(c|cc|sh)$ ]] && [ "${BASH_REMATCH[1]}" != run ]
}

# key PROGRAM - stands for all that its result depends on
key()
{
	local name=${1%.sh} file=

	for file in "$top/selftests/$name".{c,cc,sh}; do
		[ ! -e "$file" ] || break
	done
	[ -e "$file" ] || { echo "suite.sh: $1 has no source" >&2; exit 1; }
	{
		echo "$rest"
		cat "$file"
		sed -n -e 's/^#include "\(.*\.cc\?\)"$/\1/p' -e 's|^exec "[$]dir/\([a-z]*\)/.*|\1|p' "$file" |
			while read -r more; do
				find "$top/selftests/$more" -type f | LC_ALL=C sort | xargs -d '\n' cat
			done
	} | sha256sum | cut -c 1-12
}

# Of the kernel, and of all files but tests and what is about other steps.
rest=$({
	"$top/selftests/qemu/kernel.sh" "$kernel"
	cd "$top"
	find . \( -path ./build -o -name .git -o -path ./selftests/hostile \
		-o -path ./selftests/bench -o -path ./selftests/fuzz -o -path ./selftests/static \
		-o -path ./selftests/model -o -path ./.ci \) -prune -o \
		-type f ! -name '*.md' -print | sort |
		while read -r file; do is_test "$file" || sha256sum "$file"; done
} | sha256sum)

# result PROGRAM - "passed failed skipped" of its last run, if it still counts
result()
{
	local of counts

	read -r of counts 2>/dev/null <"$cache/$1" && [ "$of" = "${keys[$1]}" ] &&
		echo "$counts"
}

has_passed()
{
	[[ $(result "$1") =~ ^[0-9]+\ 0\ [0-9]+$ ]]
}

${MAKE:-make} -C "$top" tests "module-$kernel"
mkdir -p "$cache"
mapfile -t programs <"$top/build/root$selftests/tests"
declare -A keys=()
for program in "${programs[@]}"; do
	keys[$program]=$(key "$program")
done
for program in "${programs[@]}"; do
	has_passed "$program" || echo "$program"
done >"$todo"

echo "# $(wc -l <"$todo") of ${#programs[@]} programs are to be run on $kernel"
status=0
if [ -s "$todo" ]; then
	# Kept at once, so that what interrupts this loses one program.
	"$top/selftests/qemu/check.sh" -t "$todo" "$kernel" 2>&1 |
		while IFS= read -r line; do
			printf '%s\n' "$line"
			[[ $line =~ ^\#\ ([^ ]+):\ ([0-9]+)\ passed,\ ([0-9]+)\ failed,\ ([0-9]+)\ skipped$ ]] ||
				continue
			echo "${keys[${BASH_REMATCH[1]}]} ${BASH_REMATCH[*]:2:3}" \
				>"$cache/${BASH_REMATCH[1]}"
		done || status=1
fi

# A guest that ended badly, and no program failed: one of them did it.
if [ $status -ne 0 ]; then
	blamed=
	while read -r program; do
		has_passed "$program" || blamed=$program
	done <"$todo"
	[ -n "$blamed" ] || (cd "$cache" && xargs rm -f) <"$todo"
fi

passed=0 failed=0 skipped=0 lost=0
for program in "${programs[@]}"; do
	if read -r p f s < <(result "$program"); then
		((passed += p, failed += f, skipped += s)) || :
	else
		((lost += 1))
		echo "# no result: $program"
	fi
done
printf 'figure\t%s\t%s\n' 'tests passed' $passed 'tests failed' $failed \
	'tests skipped' $skipped >>"$WAPI_FIGURES"
[ $lost -eq 0 ] || printf 'figure\tprograms without a result\t%s\n' $lost >>"$WAPI_FIGURES"
echo "$passed passed, $failed failed, $skipped skipped"
[ $status -eq 0 ] && [ $failed -eq 0 ] && [ $lost -eq 0 ] && [ $passed -gt 0 ]
