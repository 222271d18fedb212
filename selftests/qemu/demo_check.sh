#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# demo_check.sh KERNEL... - does `make demo` do what it says, on each kernel?  KTAP

here=$(dirname "$0")
status=0 number=0
echo 'TAP version 13'
echo "1..$#"
for kernel; do
	number=$((number + 1))
	said=$("$here/guest.sh" -k "$kernel" -m 1024 -a /usr/include:/usr/include \
		/usr/lib/wapi/demo 2>&1 </dev/null)
	code=$?
	if [ $code -eq 0 ] && echo "$said" |
		grep -q '^wapi demo: all well: .* left over: 0 handles, 0 blocks, 0 references'; then
		echo "ok $number demo.all_is_well_on_linux_$kernel"
	else
		echo "$said" | tail -n 20 | sed 's/^/# /'
		echo "not ok $number demo.all_is_well_on_linux_$kernel"
		status=1
	fi
done
exit $status
