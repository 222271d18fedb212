#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# races.sh CONSOLE MODULE KDIR - what the kernel said on its console, without the
# races that KCSAN reports of others
#
# KCSAN watches all of the kernel. A race is ours if one of its two accesses is in a
# line of the module: not in one of the kernel's headers that was compiled into the
# module, nor in what an interrupt ran meanwhile. MODULE is wapi.ko, with its debug
# information, KDIR where the kernel was built. What is not understood counts as ours.
set -euo pipefail

console=$1 module=$2 kdir=$3
lines=$(mktemp)
trap 'rm -f "$lines"' EXIT

# Where each access of a report is: the line after the one that tells of it.
accesses()
{
	tr -d '\r' <"$console" | awk '
		/ (to|of) 0x[0-9a-f]+ of [0-9]+ bytes by / {
			getline
			sub(/^(\[[^]]*\])+ */, "")
			if (/^[^ ]+ \[wapi\]/)
				print $1
		}' | sort -u
}

# Prints "function+offset/size" and the innermost line of each.
if [ -x "$kdir/source/scripts/faddr2line" ] && [ -e "$module" ]; then
	accesses | xargs -r "$kdir/source/scripts/faddr2line" "$module" 2>/dev/null |
		awk '/^[^ ]+\+0x[0-9a-f]+\/0x[0-9a-f]+:$/ { name = substr($0, 1, length - 1); next }
		     name { print name, $NF; name = "" }' >"$lines" || :
fi

awk -v lines="$lines" '
	FILENAME == lines { elsewhere[$1] = $2 !~ /\/module\/[a-z_]+\.[ch]:[0-9?]+$/; next }
	{ sub(/\r$/, "") }
	/==================================================================$/ {
		if (report && is_ours())
			printf "%s", report
		inside = report == ""
		report = title = ""
		accesses = foreign = 0
		if (inside)
			report = $0 "\n"
		next
	}
	!report { print; next }
	{
		report = report $0 "\n"
		words = $0
		sub(/^(\[[^]]*\])+ */, "", words)
		if (words ~ /^BUG: /)
			title = words
		if (is_access) {
			accesses++
			split(words, word, " ")
			foreign += word[2] != "[wapi]" || elsewhere[word[1]]
		}
		is_access = words ~ / (to|of) 0x[0-9a-f]+ of [0-9]+ bytes by /
	}
	END { if (report && is_ours()) printf "%s", report }

	function is_ours()
	{
		if (title !~ /^BUG: KCSAN: /)
			return 1
		return title ~ /\[wapi\]/ && !(accesses == 2 && foreign == 2)
	}' "$lines" "$console"
