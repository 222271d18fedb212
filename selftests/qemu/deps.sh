#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# deps.sh PACKAGE... - install those of the Debian packages that are missing
# deps.sh -u         - only refresh what apt-get knows of packages
#
# Says first what it does; does and says nothing when all is there. As root, or
# through sudo. Prints to stderr only.
set -eu

say()
{
	echo "wapi: $*" >&2
}

apt_get()
{
	$sudo env DEBIAN_FRONTEND=noninteractive \
		apt-get -q -y -o DPkg::Lock::Timeout=300 "$@" >&2
}

install()
{
	# shellcheck disable=SC2086 # a list of packages
	apt_get install --no-install-recommends $missing
}

update()
{
	say "refreshing apt-get's lists of packages"
	apt_get update
}

# What a package is there for, as far as that can be seen where packages have
# other names: a command, or a file.
can_do()
{
	case $1 in
	libc6-dev)	[ -e /usr/include/stdio.h ] ;;
	libelf-dev)	[ -e /usr/include/libelf.h ] ;;
	libglib2.0-dev)	pkg-config --exists glib-2.0 ;;
	libjansson-dev)	[ -e /usr/include/jansson.h ] ;;
	libssl-dev)	[ -e /usr/include/openssl/ssl.h ] ;;
	libsystemd-dev)	pkg-config --exists libsystemd ;;
	libuv1-dev)	pkg-config --exists libuv ;;
	linux-headers-*) [ -e "/lib/modules/${1#linux-headers-}/build" ] ;;
	linux-source-*)	[ -e "/usr/src/$1.tar.xz" ] ;;
	gcc-multilib)	echo 'int i;' | gcc -m32 -x c -c -o /dev/null - ;;
	busybox-static)	command -v busybox ;;
	coccinelle)	command -v spatch ;;
	ocaml-nox)	command -v ocamlopt ;;
	qemu-system-x86) command -v qemu-system-x86_64 ;;
	xz-utils)	command -v xz ;;
	*)		command -v "$1" ;;
	esac >/dev/null 2>&1
}

is_there()
{
	command -v dpkg-query >/dev/null || { can_do "$1"; return; }
	# shellcheck disable=SC2016 # for dpkg-query to expand
	case $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>&1) in
	installed*) ;;
	*) return 1 ;;
	esac
}

missing=
if [ "${1-}" != -u ]; then
	for package; do
		is_there "$package" || missing="$missing $package"
	done
	[ -n "$missing" ] || exit 0
fi

sudo=
[ "$(id -u)" -eq 0 ] || sudo=sudo
for tool in apt-get $sudo; do
	if ! command -v "$tool" >/dev/null; then
		if [ -z "$missing" ]; then
			say "no $tool here, which would tell of newer packages"
		else
			say "no $tool here; please install (by Debian's names):$missing"
		fi
		exit 1
	fi
done

if [ -z "$missing" ]; then
	update
	exit
fi
say "installing with apt-get:$missing"
install || {
	say 'that failed; once more with fresh lists'
	update
	install
}
