#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# check.sh DIR: check the libwapi that was built in DIR, as far as that goes
# without the module.  KTAP; run by "make check".
#
# What a compiler or a checker of man pages says is shown where it is missing
# too: those that are not installed are skipped.

build=$1
check=$build/check
cc=${CC:-gcc}
cxx=${CXX:-g++}
make=${MAKE:-make}

cd "$(dirname "$0")" || exit 1
rm -rf "$check"
mkdir -p "$check" || exit 1

# shellcheck source=lib/ktap.sh
. ./ktap.sh

# The functions that the headers declare, one a line.
declared() {
	cat include/wapi/*.h | grep -v '^typedef' |
		sed -n 's/^[a-z].*[ *]\(wapi_[a-z_]*\)(.*/\1/p' | sort
}

shared_library_exports_the_headers_functions() {
	declared > "$check/declared"
	nm -D --defined-only --with-symbol-versions "$build/libwapi.so" |
		sed -n 's/.* T \(.*\)@@WAPI_0\.[123]$/\1/p' | sort > "$check/exported"
	same "$check/declared" "$check/exported"
}

shared_library_exports_nothing_else() {
	nm -D --defined-only "$build/libwapi.so" |
		grep -v ' T wapi_[a-z_]*@@WAPI_0\.[123]$' |
		grep -v ' A WAPI_0\.[123]$'
	[ $? -eq 1 ]
}

shared_library_has_its_soname() {
	readelf -d "$build/libwapi.so" | grep SONAME | tee "$check/soname"
	grep -q '\[libwapi\.so\.0\]' "$check/soname"
}

static_library_has_no_strange_names() {
	nm -g --defined-only "$build/libwapi.a" | grep ' [A-Z] ' |
		grep -v ' [BT] \(lib\)\{0,1\}wapi_'
	[ $? -eq 1 ]
}

compile_header() {
	language=$1
	shift
	for header in wapi client handle scratch list name event mutex sem \
		timer process thread wait share poll state batch; do
		echo "#include <wapi/$header.h>" | "$@" -Wall -Wextra -Wshadow \
			-Werror -Iinclude -I../uapi -x "$language" -fsyntax-only - ||
			return 1
	done
}

each_header_stands_alone_in_c11() {
	# shellcheck disable=SC2086 # "gcc -m32" is two words, here and below
	compile_header c $cc -std=c11 -pedantic -Wstrict-prototypes
}

each_header_stands_alone_in_cxx11() {
	compile_header c++ "$cxx" -std=c++11 -pedantic
}

each_header_stands_alone_in_clang() {
	if ! command -v clang > /dev/null; then
		echo "no clang"
		return 4
	fi
	compile_header c clang -std=c11 -pedantic &&
		compile_header c++ clang -std=c++20 -pedantic
}

# As a user would do it.  The file system is the test's, so is the compiler.
install_here() {
	$make -s O="$build" DESTDIR="$check/root" PREFIX=/usr \
		LIBDIR=/usr/lib/there install
	cat > "$check/user.c" <<-END
	#include <string.h>
	#include <wapi/wapi.h>

	int main(void)
	{
		return strcmp(wapi_version(), "$1");
	}
	END
}

pkg_config() {
	PKG_CONFIG_SYSROOT_DIR=$check/root \
	PKG_CONFIG_LIBDIR=$check/root/usr/lib/there/pkgconfig \
		pkg-config "$@" libwapi
}

version() {
	sed -n 's/^LIBWAPI_VERSION := //p' Makefile
}

a_program_builds_with_pkg_config() {
	if ! command -v pkg-config > /dev/null; then
		echo "no pkg-config"
		return 4
	fi
	install_here "$(version)"
	# shellcheck disable=SC2046 # options
	[ "$(pkg_config --modversion)" = "$(version)" ] &&
		$cc -Wall -Werror -o "$check/user" "$check/user.c" \
			$(pkg_config --cflags --libs) &&
		LD_LIBRARY_PATH=$check/root/usr/lib/there "$check/user"
}

a_program_links_statically() {
	if ! command -v pkg-config > /dev/null; then
		echo "no pkg-config"
		return 4
	fi
	install_here "$(version)"
	# shellcheck disable=SC2046 # options
	$cc -Wall -Werror -static -o "$check/user" "$check/user.c" \
		$(pkg_config --static --cflags --libs) && "$check/user"
}

every_function_has_a_man_page() {
	install_here "$(version)"
	for name in $(declared); do
		[ -e "$check/root/usr/share/man/man3/$name.3" ] || {
			echo "$name has none"
			return 1
		}
	done
}

man_pages_are_without_warnings() {
	if command -v mandoc > /dev/null; then
		mandoc -T lint -W warning man/*.[37]
	elif command -v man > /dev/null; then
		: > "$check/warnings"
		for page in man/*.[37]; do
			man --warnings -l "$page" 2>> "$check/warnings" > /dev/null
		done
		cat "$check/warnings"
		! [ -s "$check/warnings" ]
	else
		echo "neither mandoc nor man"
		return 4
	fi
}

echo "TAP version 13"
echo "1..11"
check shared_library_exports_the_headers_functions
check shared_library_exports_nothing_else
check shared_library_has_its_soname
check static_library_has_no_strange_names
check each_header_stands_alone_in_c11
check each_header_stands_alone_in_cxx11
check each_header_stands_alone_in_clang
check a_program_builds_with_pkg_config
check a_program_links_statically
check every_function_has_a_man_page
check man_pages_are_without_warnings
exit $status
