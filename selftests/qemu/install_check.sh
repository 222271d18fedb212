#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# install_check.sh KERNEL - what the Makefile and its helpers promise, without a
# guest but where one is told.  KTAP
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
top=${here%/*/*}
kernel=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
number=0 status=0

check()
{
	number=$((number + 1))
	if "$1" >"$dir/said" 2>&1; then
		echo "ok $number $1"
	else
		tail -n 20 "$dir/said" | sed 's/^/# /'
		echo "not ok $number $1"
		status=1
	fi
}

the_module_is_installed_where_modprobe_finds_it()
{
	local variables KVER KDIR

	variables=$("$here/kernel.sh" "$kernel") && eval "$variables" &&
		${MAKE:-make} -s -C "$top" modules_install KVER="$KVER" KDIR="$KDIR" \
			INSTALL_MOD_PATH="$dir/root" &&
		PATH=$PATH:/sbin modprobe -n -v -d "$dir/root" -S "$KVER" wapi |
		grep -q '/updates/.*wapi\.ko'
}

help_names_what_the_readme_names()
{
	local target

	${MAKE:-make} -s -C "$top" help >"$dir/help"
	sed -n 's/^    make \([a-z-][a-z-]*\)  .*/\1/p' "$top/README.md" >"$dir/targets"
	[ "$(wc -l <"$dir/targets")" -ge 5 ] || return
	while read -r target; do
		grep -q "^  $target " "$dir/help" || { echo "no $target"; return 1; }
	done <"$dir/targets"
}

a_terminal_in_the_guest_has_wapictl_and_the_module()
{
	timeout 120 "$here/guest.sh" -k "$kernel" -i -- sh -lc 'wapictl doctor' >"$dir/vm" 2>&1 \
		</dev/null
	cat "$dir/vm"
	grep -q 'all well' "$dir/vm"
}

# A path with nothing in it but what a script needs anyway.
bare_path()
{
	local tool

	mkdir -p "$dir/bin"
	for tool in sh env id sed grep cat; do
		ln -sf "$(command -v "$tool")" "$dir/bin/$tool"
	done
	echo "$dir/bin"
}

another_system_is_told_what_is_missing_and_only_that()
{
	local path

	path=$(bare_path)
	ln -sf /bin/true "$path/busybox"
	! PATH=$path "$here/deps.sh" busybox-static cpio >"$dir/told" 2>&1 || return
	cat "$dir/told"
	grep -q 'please install (by Debian.s names): cpio$' "$dir/told"
}

another_system_that_has_all_is_left_alone()
{
	local path

	path=$(bare_path)
	ln -sf /bin/true "$path/busybox"
	ln -sf /bin/true "$path/cpio"
	PATH=$path "$here/deps.sh" busybox-static cpio
}

echo 'TAP version 13'
echo '1..5'
check the_module_is_installed_where_modprobe_finds_it
check help_names_what_the_readme_names
check a_terminal_in_the_guest_has_wapictl_and_the_module
check another_system_is_told_what_is_missing_and_only_that
check another_system_that_has_all_is_left_alone
exit $status
