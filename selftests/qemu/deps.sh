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

missing=
if [ "${1-}" != -u ]; then
	for package; do
		# shellcheck disable=SC2016 # for dpkg-query to expand
		case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>&1) in
		installed*) ;;
		*) missing="$missing $package" ;;
		esac
	done
	[ -n "$missing" ] || exit 0
fi

sudo=
[ "$(id -u)" -eq 0 ] || sudo=sudo
for tool in apt-get $sudo; do
	if ! command -v "$tool" >/dev/null; then
		say "no $tool here; please install (by Debian's names):$missing"
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
