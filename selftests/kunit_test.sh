#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The KUnit tests of the module: they run when wapi_kunit is loaded, which there is
# on kernels that have KUnit. One result for each test, as the kernel tells them.

[ -n "$(find "/lib/modules/$(uname -r)" -name 'wapi_kunit.ko*')" ] || {
	echo '1..0 # SKIP no module wapi_kunit: the kernel has no KUnit'
	exit 4
}
[ "$(id -u)" -eq 0 ] || {
	echo '1..0 # SKIP only root can load modules'
	exit 4
}

results=/sys/kernel/debug/kunit
[ -d $results ] || mount -t debugfs debugfs /sys/kernel/debug || exit 1
modprobe wapi_kunit || exit 1

# Every test has a line there, and every suite announces how many it has.
cat $results/wapi_*/results | awk '
	sub(/^    # Subtest: /, "") { suite = $0; next }
	/^    1\.\.[0-9]+$/ { sub(/.*\.\./, ""); planned += $0; suites++; next }
	/^    (not )?ok [0-9]+ / {
		status = sub(/^ +not ok [0-9]+ /, "") ? "not ok" : "ok"
		sub(/^ +ok [0-9]+ /, "")
		print status, ++n, suite "." $0
		next
	}
	/^ +#/ { sub(/^ +/, ""); print }
	END { print "1.." planned; exit !(suites && n == planned) }'
status=$?
# Alone: modprobe -r would take along the module that it tests.
rmmod wapi_kunit || status=1
exit $status
