#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What bench.sh has the guest do, in it; prints lines of tab-separated fields:
#
#   run.sh only PATTERN	measure the rows that the pattern is found in
#   run.sh rows NAME...	measure the rows of those names
#   run.sh watch NAME...	repeat the rows of those names, to be watched
#   run.sh counted		measure all that is measured in counted instructions
#   run.sh time		measure all that is measured in time
set -eu

cd "$(dirname "$0")"
what=$1
shift

# In its first seconds a guest has work in the background.
sleep 10

case $what in
only)
	./bench -o "$1"
	./bench_lib -o "$1"
	;;
rows)
	./bench "$@"
	./bench_lib "$@"
	./growth million
	;;
watch)
	awk '$2 ~ /[tTwW]/ { print $1, $3, $4 }' /proc/kallsyms | sort | gzip | base64 |
		sed 's/^/symbols /'
	for name; do
		./bench -l "$name"
	done
	;;
counted)
	printf 'about\tkernel\t%s\n' "$(uname -rv)"
	printf 'about\tmodule\t%s\n' "$(modinfo -F version wapi)"
	printf 'about\tsource\t%s\n' "$(modinfo -F srcversion wapi)"
	./bench
	./bench_lib
	./growth
	;;
time)
	printf 'about\tprocessors\t%s\n' "$(nproc)"
	./bench -t
	./bench_lib -t
	./scale
	;;
esac
