#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# For check.sh: what there is to check, and the kernel's own scripts to do it
# with, which no package has but that of its sources.

# sources [PATTERN...] - our files, by their paths; * goes through directories
sources()
{
	git ls-files --cached --others --exclude-standard -- "$@" | while read -r file; do
		[ ! -e "$file" ] || echo "$file"
	done
}

# Sets scripts, the directory; unpacks them first, once for each version.
kernel_scripts()
{
	local package=linux-source-6.12 version cache tmp

	version=$(dpkg-query -W -f '${Version}' $package)
	cache=${WAPI_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/wapi}
	scripts=$cache/scripts_$version
	[ ! -d "$scripts" ] || return 0
	mkdir -p "$cache" && tmp=$(mktemp -d "$cache/tmp.XXXXXX") || return
	tar -xJf /usr/src/$package.tar.xz -C "$tmp" --strip-components=2 \
		$package/scripts/{checkpatch.pl,spelling.txt,const_structs.checkpatch} \
		$package/scripts/{kernel-doc,coccinelle} &&
		{ mv -T "$tmp" "$scripts" 2>/dev/null || [ -d "$scripts" ]; }
	local status=$?
	rm -rf "$tmp"
	return $status
}
