#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# kernel.sh SERIES - get Debian's kernel of a series (6.1, 6.12), or its real-time
# kernel (rt), and its headers; or a checking kernel (6.12-kasan...: checking.sh)
#
# Prints KVER=, VMLINUZ=, MODULES= and KDIR= for the shell to evaluate. The image
# is unpacked into a cache, one directory for each version of its package, and
# never installed; the headers are installed. Needs no network when both are
# there already.
set -eu

series=$1
here=$(dirname "$0")
case $series in
*-*)	exec "$here/checking.sh" "$series" ;;
rt)	release='[^-]*\(-[0-9]*\)*-rt-amd64' ;;
*)	release="${series%.*}\.${series#*.}\.[^-]*\(-[0-9]*\)*-amd64" ;;
esac
cache=${WAPI_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/wapi}

# The newest image of the series that apt-get knows: its package and version.
latest()
{
	package=$(apt-cache depends "linux-image-$series-amd64" \
			linux-image-amd64 2>/dev/null |
		sed -n "s/^ *Depends: \(linux-image-$release\)$/\1/p" |
		head -n 1)
	[ -n "$package" ] || return 1
	version=$(apt-cache show --no-all-versions "$package" |
		sed -n 's/^Version: //p')
	image=$cache/${package}_$version
}

# Unpack it into the cache, whole or not at all.
fetch()
{
	[ ! -d "$image" ] || return 0
	echo "wapi: fetching $package $version" >&2
	mkdir -p "$cache" && tmp=$(mktemp -d "$cache/tmp.XXXXXX") &&
	(
		trap 'rm -rf "$tmp"' EXIT
		cd "$tmp" &&
		apt-get -q -o APT::Sandbox::User=root \
			download "$package=$version" >&2 &&
		mkdir image &&
		dpkg-deb --fsys-tarfile ./*.deb | tar -x -C image --wildcards \
			'./boot/vmlinuz-*' '*/modules/*/modules.*' &&
		{ mv -T image "$image" 2>/dev/null || [ -d "$image" ]; }
	)
}

if ! { latest && fetch; } &&
   ! { "$here/deps.sh" -u && latest && fetch; }; then
	image=$(find "$cache" -maxdepth 1 -regex ".*/linux-image-${release}_[^/]*" \
			2>/dev/null |
		sort -V | tail -n 1)
	if [ -z "$image" ]; then
		echo "wapi: there is no kernel $series to be had" >&2
		exit 1
	fi
fi

VMLINUZ=$(find "$image/boot" -name 'vmlinuz-*')
KVER=${VMLINUZ##*/vmlinuz-}
"$here/deps.sh" "linux-headers-$KVER"

echo "KVER='$KVER'"
echo "VMLINUZ='$VMLINUZ'"
echo "MODULES='$(find "$image" -path "*/modules/$KVER")'"
echo "KDIR='/lib/modules/$KVER/build'"
