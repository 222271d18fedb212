#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# check.sh [KERNEL...]       - what can be said of the sources without running
#                              them; the module as it is built for each KERNEL
# check.sh -1 CHECK FILE     - one check of those that look at each file alone
#
# KTAP.  Nothing may be found: what a checker finds is mended, or is of a kind
# that does not suit us, and then that kind is left out here, with the reason.
# A file that has passed a check is not checked again until one of them changes.
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
top=${here%/*/*}
build=$top/build/static
make=${MAKE:-make}
cd "$top" || exit
# shellcheck source=selftests/static/sources.sh
. "$here/sources.sh"
kernel_scripts || exit

passed_before()
{
	stamp=$build/passed/$1.$(cat "$here/check.sh" .clang-tidy lib/.clang-tidy lib/win32/.clang-tidy \
		"${@:2}" |
		sha256sum | cut -c 1-40)
	[ -e "$stamp" ]
}

passed_now()
{
	mkdir -p "$build/passed" && touch "$stamp"
}

# each CHECK FILE... - make a check of each of the files, alone
each()
{
	local check=$1

	shift
	# shellcheck disable=SC2016 # for the inner shell
	printf '%s\0' "$@" | xargs -0 -n 1 -P "$(nproc)" bash -c '
		out=$("$@" 2>&1) || { printf "%s\n" "$out"; exit 1; }' - \
		"$here/check.sh" -1 "$check"
}

one()
{
	local others=()

	case $1 in
	clang*) mapfile -t others < <(sources '*.h') ;;
	coccinelle*) mapfile -t others < <(sources 'module/*.[ch]') ;;
	esac
	passed_before "$1" "$2" "${others[@]}" && return
	"$1" "$2" && passed_now
}

every_file_names_its_licence()
{
	# The licences' own texts do not.
	mapfile -t files < <(sources | grep -v '^LICENSES/')
	! grep -L 'SPDX-License-Identifier: ' "${files[@]}" | grep .
}

# The kinds of checkpatch.pl that are left out:
#	UNCOMMENTED_DEFINITION	kernel-doc tells of each lock what it guards
#	OPEN_ENDED_LINE,	trace events are written so, all over the kernel
#	PARENTHESIS_ALIGNMENT	in trace.h
#	LINUX_VERSION_CODE,	only compat.h has them, and is there for it
#	CONSTANT_COMPARISON
#	MACRO_WITH_FLOW_CONTROL, MACRO_ARG_REUSE	make functions and tables
#	BIT_MACRO		headers of the interface cannot use it
ignore=UNCOMMENTED_DEFINITION,OPEN_ENDED_LINE,MACRO_WITH_FLOW_CONTROL,MACRO_ARG_REUSE

checkpatch()
{
	# It leaves a file of the names that it has seen where it is run.
	(cd "$build" && perl "$scripts/checkpatch.pl" --no-tree --terse --show-types -q \
		"${@:1:$#-1}" "$top/${*: -1}")
}

checkpatch_kernel()
{
	case $1 in
	*/compat.h) ignore+=,LINUX_VERSION_CODE,CONSTANT_COMPARISON ;;
	uapi/*)	ignore+=,BIT_MACRO ;;
	*/trace.h) ignore+=,PARENTHESIS_ALIGNMENT ;;
	# The exports of what other files have.
	*/tests/exports.c) ignore+=,EXPORT_SYMBOL ;;
	esac
	checkpatch --strict --ignore "$ignore" -f "$1"
}

# Programs have not the kernel's macros, and other habits where the kernel has none.
#	PREFER_KERNEL_TYPES, ..._ATTRIBUTE_MACRO, ARRAY_SIZE, BIT_MACRO, STRCPY
#				u32, __printf(), BIT() and others are the kernel's
#	VOLATILE		what is shared with a signal handler or another process
#	ENOSYS, EMBEDDED_FUNCTION_NAME	of system calls, and of commands of that name
#	AVOID_EXTERNS, CAMELCASE, SPACING	C11 and TEST_F() confuse it
#	LONG_LINE_STRING, SPLIT_STRING	usage texts
#	COMPLEX_MACRO, ...	the tests' rows of tables
#	UNNECESSARY_ELSE, LINE_SPACING	it sees neither the if before an else if, nor
#				that _Atomic is part of a declaration
user_ignore=$ignore,PREFER_KERNEL_TYPES,PREFER_DEFINED_ATTRIBUTE_MACRO,ARRAY_SIZE
user_ignore+=,BIT_MACRO,STRCPY,VOLATILE,ENOSYS,EMBEDDED_FUNCTION_NAME,AVOID_EXTERNS
user_ignore+=,CAMELCASE,SPACING,LONG_LINE_STRING,SPLIT_STRING,COMPLEX_MACRO
user_ignore+=,MULTISTATEMENT_MACRO_USE_DO_WHILE,STATIC_CONST_CHAR_ARRAY
user_ignore+=,UNNECESSARY_ELSE,LINE_SPACING,TRAILING_SEMICOLON,MACRO_ARG_UNUSED

checkpatch_user()
{
	case $1 in
	# Windows' types are typedefs, and its processors have each a number.
	lib/win32/*|lib/include/wapi/win32/*) user_ignore+=,NEW_TYPEDEFS,ARCH_DEFINES ;;
	esac
	checkpatch --strict --ignore "$user_ignore" -f "$1"
}

# Fixtures make OPEN_BRACE, tables of one line each TRAILING_STATEMENTS and
# BRACKET_SPACE, and a loop over cases in a loop over states is deep.
checkpatch_test()
{
	user_ignore+=,OPEN_BRACE,TRAILING_STATEMENTS,BRACES,BRACKET_SPACE,DEEP_INDENTATION
	checkpatch --ignore "$user_ignore" -f "$1"
}

checkpatch_passes_the_kernel_code()
{
	mapfile -t files < <(sources 'module/*.[ch]' 'uapi/*.h')
	each checkpatch_kernel "${files[@]}"
}

checkpatch_passes_the_programs()
{
	mapfile -t files < <(sources 'lib/*.[ch]' 'tools/*.[ch]' 'examples/*.[ch]')
	each checkpatch_user "${files[@]}"
}

checkpatch_passes_the_tests()
{
	mapfile -t files < <(sources 'selftests/*.[ch]')
	each checkpatch_test "${files[@]}"
}

# All that sparse can warn of, but for what the kernel's own headers are full of
# (declarations between statements, flexible arrays, sizeof(bool)...) and for
# lock contexts: it cannot follow a function that locks only if it finds.
# lockdep does.
sparse='sparse -Wsparse-all -Wsparse-error -Wno-context -Wno-cast-from-as
	-Wno-declaration-after-statement -Wno-flexible-array-nested
	-Wno-flexible-array-sizeof -Wno-transparent-union -Wno-sizeof-bool
	-Wno-pointer-arith -Wno-constexpr-not-const'

# module_builds_without_warnings KERNEL
module_builds_without_warnings()
{
	local variables KVER KDIR

	variables=$(selftests/qemu/kernel.sh "$1") && eval "$variables" &&
		$make -s modules KVER="$KVER" KDIR="$KDIR" module="$build/$KVER" \
			C=2 CHECK="${sparse//[$'\t\n']/ }" KCFLAGS=-Werror
}

kernel_doc_is_complete()
{
	mapfile -t files < <(sources 'module/*.[ch]' 'uapi/*.h' 'lib/*.[ch]')
	# Of this version, only what it says tells whether it is content.
	! perl "$scripts/kernel-doc" -none -Wall "${files[@]}" 2>&1 | grep .
}

# Left out: functions that lock for their caller are what we have.
cocci_left_out=mini_lock.cocci

coccinelle_one()
{
	local options said

	options=$(sed -n 's/^\/\/ *Options: *//p' "$1" | head -n 1)
	# shellcheck disable=SC2086 # they are several
	said=$(spatch --very-quiet -D report --no-show-diff --cocci-file "$1" $options \
		-I uapi --dir module 2>&1 | grep -v 'should [a-z_]* be a metavariable?$') || :
	[ -z "$said" ] || { printf '%s: %s\n' "${1##*/}" "$said"; return 1; }
}

coccinelle_finds_nothing()
{
	local semantic

	mapfile -t semantic < <(grep -rl --include='*.cocci' '^virtual report' \
		"$scripts/coccinelle" | grep -v "/$cocci_left_out\$")
	[ "${#semantic[@]}" -gt 50 ] || { echo 'no semantic patches'; return 1; }
	each coccinelle_one "${semantic[@]}"
}

user_flags=(-std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -pthread -Wall -Wextra
	-Iuapi -Ilib/include -Iselftests/bench -DLIBWAPI_VERSION='"0"')

clang_warns()
{
	# As their Makefile does.
	[[ $1 != selftests/bench/* ]] || user_flags+=(-Wno-missing-field-initializers)
	clang -fsyntax-only -Werror "${user_flags[@]}" "$1"
}

clang_warns_of_nothing()
{
	# Not the tests: the harness's macros compare whatever they are given.
	mapfile -t files < <(sources 'lib/*.c' 'tools/*.c' 'examples/*.c' \
		'selftests/bench/*.c' 'selftests/qemu/*.c')
	each clang_warns "${files[@]}"
}

gcc_warns_of_nothing()
{
	$make -s -C lib O="$build/lib" CC=gcc CFLAGS='-O2 -g -Werror' &&
		$make -s -C tools/wapictl O="$build/tools" LIBWAPI="$build/lib" \
			CFLAGS='-O2 -g -Werror'
}

# See .clang-tidy.  Its analyzer is scan-build's.
clang_tidies()
{
	local out

	out=$(clang-tidy --quiet --warnings-as-errors='*' "$1" -- "${user_flags[@]}" 2>/dev/null) ||
		{ printf '%s\n' "$out"; return 1; }
}

clang_tidy_finds_nothing()
{
	mapfile -t files < <(sources 'lib/*.c' 'tools/*.c' 'examples/*.c')
	each clang_tidies "${files[@]}"
}

# SC2317: functions that are called by a name in a variable.
shellcheck_finds_nothing()
{
	mapfile -t files < <(sources '*.sh' '*.bash' .ci/run 'selftests/hostile/steps/*')
	shellcheck -x -e SC2317 "${files[@]}"
}

# Mandoc's macros, the letters of the kernel's taint and syzkaller's directions are no words.
codespell_finds_nothing()
{
	mapfile -t files < <(sources | grep -v -e '^LICENSES/' -e '\.svg$' -e '\.[137]$')
	codespell -L nam,oen,inout "${files[@]}"
}

# Each row of a table of threats names tests as `file.c:test`, and they exist.
threats_name_tests_that_exist()
{
	local document=Documentation/security.md named='[a-z0-9_]+\.c:[a-z0-9_]+' status=0 row name

	while read -r row; do
		grep -qE "$named" <<<"$row" ||
			{ echo "no test: $row"; status=1; }
	done < <(grep '^| ' "$document" | grep -v '| shown by |$')
	while read -r name; do
		grep -qE "^TEST(_F(_TIMEOUT)?)?\(([a-z_0-9]+, )?${name#*:}(, [0-9]+)?\)" \
			"selftests/${name%:*}" ||
			{ echo "there is no $name"; status=1; }
	done < <(grep -oE "$named" "$document" | sort -u)
	return "$status"
}

result()
{
	((number += 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $number $2"
	else
		echo "not ok $number $2"
		failed=1
	fi
}

# check NAME COMMAND... - what it says becomes diagnostics
check()
{
	local name=$1 status

	shift
	"$@" 2>&1 | sed 's/^/# /'
	status=${PIPESTATUS[0]}
	result "$status" "$name"
}

if [ "${1-}" = -1 ]; then
	one "$2" "$3"
	exit
fi

number=0 failed=0
mkdir -p "$build"
checks=(every_file_names_its_licence threats_name_tests_that_exist kernel_doc_is_complete
	checkpatch_passes_the_kernel_code checkpatch_passes_the_programs
	checkpatch_passes_the_tests coccinelle_finds_nothing gcc_warns_of_nothing
	clang_warns_of_nothing clang_tidy_finds_nothing shellcheck_finds_nothing
	codespell_finds_nothing)
echo 'TAP version 13'
echo "1..$((${#checks[@]} + $#))"
for name in "${checks[@]}"; do
	check "$name" "$name"
done
for kernel; do
	check "module_builds_without_warnings for Linux $kernel" \
		module_builds_without_warnings "$kernel"
done
exit $failed
