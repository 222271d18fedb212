#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# check.sh DIR: check the libwapi-win32 that was built in DIR against its headers
# and against the table of Documentation/win32-api.md, as far as that goes without
# the module.  DIR has libwapi too.  KTAP; run by "make check".

build=$1
check=$build/check-win32
cc=${CC:-gcc}
cxx=${CXX:-g++}
table=../../Documentation/win32-api.md

cd "$(dirname "$0")" || exit 1
rm -rf "$check"
mkdir -p "$check" || exit 1

# shellcheck source=lib/ktap.sh
. ../ktap.sh

# The compiler's own list: "/* file:line:kind */ extern int name (...);"
# declared extern|static: the functions that the headers declare, one a line.
declared() {
	echo '#include <wapi/win32.h>' |
		gcc -I../include -I../../uapi -x c -fsyntax-only -aux-info "$check/aux" - &&
		sed -n "s,^/\* [^ ]*include/wapi/win32/[^ ]* \*/ $1 ,,p" "$check/aux" |
		sed 's/^\([^(]*[ *]\)\([A-Za-z_0-9]*\) (.*/\2/' | sort -u
}

# The names in the first column of the rows; "`CreateEvent` A, W" are two.
# shellcheck disable=SC2016 # what is quoted is Markdown, here and below
rows() {
	sed -n 's/^| \(`[A-Za-z0-9_]*`\( A, W\)\{0,1\}\) | .*/\1/p' "$table" |
		sed -n -e 's/^`\(.*\)`$/\1/p' -e 's/^`\(.*\)` A, W$/\1A\n\1W/p'
}

exported() {
	nm -D --defined-only --with-symbol-versions "$build/libwapi-win32.so" |
		sed -n 's/.* T \(.*\)@@WAPI_WIN32_0\.1$/\1/p' | sort
}

every_declared_function_is_exported_and_no_other() {
	declared extern > "$check/extern"
	exported > "$check/exported"
	same "$check/extern" "$check/exported"
}

nothing_but_functions_is_exported() {
	nm -D --defined-only "$build/libwapi-win32.so" |
		grep -v ' T [A-Za-z]*[A-Za-z0-9]*@@WAPI_WIN32_0\.1$' |
		grep -v ' A WAPI_WIN32_0\.1$'
	[ $? -eq 1 ]
}

the_table_has_every_function_and_no_other() {
	{ declared extern; declared static; } | sort > "$check/all"
	rows | sort > "$check/rows"
	same "$check/all" "$check/rows"
}

# A row that the pattern above does not understand would be left out silently.
# shellcheck disable=SC2016
every_row_says_complete_or_what_is_missing() {
	! grep '^| `' "$table" |
		grep -vE '^\| `[A-Za-z0-9_]+`( A, W)? \| (complete|complete; .+|missing: .+) \|$' &&
		rows | grep -q .
}

plain_macros() {
	echo '#include <wapi/win32.h>' |
		$cc -I../include -I../../uapi "$@" -x c -E -dM - |
		sed -n 's/^#define \([A-Z][A-Za-z0-9]*\) \(\1[AW]\)$/\2/p' | sort
}

# Where a function has an A and a W form, the plain name is one of them.
plain_names_follow_UNICODE() {
	{ declared extern; declared static; } > "$check/all"
	sed -n 's/A$//p' "$check/all" | while read -r name; do
		grep -x "${name}W" "$check/all"
	done | sort > "$check/wide"
	sed 's/W$/A/' "$check/wide" | sort > "$check/narrow"
	# Windows has it for UTF-16 only.
	# SleepConditionVariableSRW has its W from the lock.
	grep 'W$' "$check/all" | grep -v 'SRW$' | grep -vx CommandLineToArgvW | sort > "$check/all-wide"
	same "$check/all-wide" "$check/wide" || return
	plain_macros -DUNICODE | grep -xFf "$check/wide" > "$check/plain-wide"
	plain_macros | grep -xFf "$check/narrow" > "$check/plain-narrow"
	same "$check/wide" "$check/plain-wide" &&
		same "$check/narrow" "$check/plain-narrow"
}

the_library_has_its_soname_and_needs_libwapi() {
	readelf -d "$build/libwapi-win32.so" | grep -E 'SONAME|NEEDED' | tee "$check/soname"
	grep -q 'SONAME.*\[libwapi-win32\.so\.0\]' "$check/soname" &&
		grep -q 'NEEDED.*\[libwapi\.so\.0\]' "$check/soname"
}

# Users of libwapi see none of these names, in whatever form they link it.
libwapi_has_none_of_these_names() {
	{ nm -D --defined-only "$build/libwapi.so"; nm -g --defined-only "$build/libwapi.a"; } |
		sed -n 's/.* [A-Z] \([A-Za-z0-9_]*\).*/\1/p' | sort -u > "$check/libwapi"
	[ -s "$check/libwapi" ] || return
	nm -g --defined-only "$build/libwapi-win32.a" |
		sed -n 's/.* [A-Z] \([A-Za-z0-9_]*\).*/\1/p' | sort -u > "$check/libwapi-win32"
	[ -s "$check/libwapi-win32" ] || return
	! comm -12 "$check/libwapi" "$check/libwapi-win32" | grep .
}

# Beside its functions, only what the files of the library share.
the_static_library_has_no_strange_names() {
	exported > "$check/exported"
	nm -g --defined-only "$build/libwapi-win32.a" |
		sed -n 's/.* [A-Z] \([A-Za-z0-9_]*\).*/\1/p' | sort -u |
		grep -v '^win32_' | grep -vxFf "$check/exported"
	[ $? -eq 1 ]
}

libwapis_header_declares_none_of_these_names() {
	! echo '#include <wapi/wapi.h>' |
		$cc -I../include -I../../uapi -x c -E - | grep -E 'win32|HANDLE'
}

# compile LANGUAGE COMMAND... - each header alone, in each way that matters
compile() {
	language=$1
	shift
	for header in ../include/wapi/win32.h ../include/wapi/win32/*.h; do
		for options in '' -DUNICODE -fshort-wchar '-fshort-wchar -DUNICODE'; do
			# shellcheck disable=SC2086 # none, one or two
			echo "#include <${header#../include/}>" |
				"$@" $options -Wall -Wextra -Wshadow -Werror -I../include \
				-I../../uapi -x "$language" -fsyntax-only - || {
				echo "${header##*/}, $* $options"
				return 1
			}
		done
	done
}

each_header_stands_alone_in_c() {
	# shellcheck disable=SC2086 # "gcc -m32" is two words, here and below
	compile c $cc -std=c11 -pedantic -Wstrict-prototypes &&
		compile c $cc -std=gnu17
}

each_header_stands_alone_in_cxx() {
	compile c++ "$cxx" -std=c++11 -pedantic && compile c++ "$cxx" -std=gnu++20
}

each_header_stands_alone_in_32_bits() {
	if ! echo 'int main(void) { return 0; }' |
	     gcc -m32 -x c -o "$check/can32" - 2> /dev/null; then
		echo "no 32-bit compiler"
		return 4
	fi
	compile c gcc -m32 -std=c11 -pedantic && compile c++ "$cxx" -m32 -std=c++11 -pedantic
}

each_header_stands_alone_in_clang() {
	if ! command -v clang > /dev/null; then
		echo "no clang"
		return 4
	fi
	compile c clang -std=c11 -pedantic && compile c++ clang -std=c++20 -pedantic
}

# Windows' layouts and signs, in each of the same ways.
types_are_as_in_windows() {
	cat > "$check/types.c" <<-'END'
	#include <stddef.h>
	#include <wapi/win32.h>
	#ifndef __cplusplus
	#define static_assert _Static_assert
	#endif
	#define SIZE(type, size) static_assert(sizeof(type) == (size), #type)
	#define SIGNED(type) static_assert((type)-1 < (type)0, #type)
	#define UNSIGNED(type) static_assert((type)-1 > (type)0, #type)
	SIZE(BYTE, 1); SIZE(WORD, 2); SIZE(DWORD, 4); SIZE(LONG, 4); SIZE(ULONG, 4);
	SIZE(BOOL, 4); SIZE(INT, 4); SIZE(UINT, 4); SIZE(CHAR, 1); SIZE(WCHAR, 2);
	SIZE(LONGLONG, 8); SIZE(ULONGLONG, 8); SIZE(LARGE_INTEGER, 8);
	SIZE(HANDLE, sizeof(void *)); SIZE(SIZE_T, sizeof(void *));
	SIZE(ULONG_PTR, sizeof(void *)); SIZE(LONG_PTR, sizeof(void *));
	SIZE(DWORD_PTR, sizeof(void *)); SIZE(FILETIME, 8); SIZE(SYSTEMTIME, 16);
	SIZE(SECURITY_ATTRIBUTES, 3 * sizeof(void *));
	SIZE(OVERLAPPED, 8 + 3 * sizeof(void *));
	SIZE(WIN32_FIND_DATAA, 320); SIZE(WIN32_FIND_DATAW, 592);
	SIZE(PROCESS_INFORMATION, 8 + 2 * sizeof(void *));
	SIZE(STARTUPINFOA, sizeof(void *) == 8 ? 104 : 68);
	SIZE(STARTUPINFOW, sizeof(STARTUPINFOA));
	SIZE(SYSTEM_INFO, 24 + 3 * sizeof(void *));
	SIZE(CRITICAL_SECTION, 8 + 4 * sizeof(void *));
	SIZE(SRWLOCK, sizeof(void *));
	SIZE(CONDITION_VARIABLE, sizeof(void *));
	SIZE(INIT_ONCE, sizeof(void *));
	SIGNED(LONG); SIGNED(BOOL); SIGNED(INT); SIGNED(LONGLONG); SIGNED(LONG_PTR);
	UNSIGNED(BYTE); UNSIGNED(WORD); UNSIGNED(DWORD); UNSIGNED(UINT);
	UNSIGNED(ULONG); UNSIGNED(ULONGLONG); UNSIGNED(SIZE_T); UNSIGNED(ULONG_PTR);
	UNSIGNED(WCHAR);
	static_assert(sizeof(TEXT("x")) == 2 * sizeof(TCHAR), "TEXT");
	#ifdef UNICODE
	SIZE(TCHAR, 2);
	#else
	SIZE(TCHAR, 1);
	#endif
	static const TCHAR text[] = TEXT("x");
	LPCTSTR use(void);
	LPCTSTR use(void) { return text; }
	END
	for options in '' -DUNICODE -fshort-wchar '-fshort-wchar -DUNICODE'; do
		for word in -m64 -m32; do
			for language in 'c -std=c11' 'c++ -std=c++11'; do
				# shellcheck disable=SC2086 # several options
				$cc $word $options -Wall -Wextra -Werror -I../include \
					-I../../uapi -fsyntax-only -x $language \
					"$check/types.c" || return
			done
		done
	done
}

# With what pkg-config says of the libraries where they are installed.
the_examples_build_with_pkg_config() {
	if ! command -v pkg-config > /dev/null; then
		echo "no pkg-config"
		return 4
	fi
	root=$check/root
	${MAKE:-make} -s -C .. O="$build" DESTDIR="$root" PREFIX=/usr LIBDIR=/usr/lib/there \
		install || return
	PKG_CONFIG_SYSROOT_DIR=$root PKG_CONFIG_LIBDIR=$root/usr/lib/there/pkgconfig \
		${MAKE:-make} -s -C ../../examples O="$check/examples" CC="$cc" \
		CFLAGS='-O2 -Wall -Wextra -Werror' || return
	for example in producers single; do
		readelf -d "$check/examples/$example" | grep 'NEEDED.*libwapi-win32' || return
	done
	! readelf -d "$check/examples/share" | grep libwapi-win32
}

echo "TAP version 13"
echo "1..15"
check every_declared_function_is_exported_and_no_other
check nothing_but_functions_is_exported
check the_table_has_every_function_and_no_other
check every_row_says_complete_or_what_is_missing
check plain_names_follow_UNICODE
check the_library_has_its_soname_and_needs_libwapi
check libwapi_has_none_of_these_names
check the_static_library_has_no_strange_names
check libwapis_header_declares_none_of_these_names
check each_header_stands_alone_in_c
check each_header_stands_alone_in_cxx
check each_header_stands_alone_in_32_bits
check each_header_stands_alone_in_clang
check types_are_as_in_windows
check the_examples_build_with_pkg_config
exit $status
