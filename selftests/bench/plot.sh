#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# plot.sh FIGURES DIR - draw the growth curves of the figures, as SVG, into DIR
set -euo pipefail

figures=$1 plots=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir -p "$plots"

# points AXIS NAME: the curve, as lines of x and ratio
points()
{
	awk -F '\t' -v axis="$1" -v name="$2" \
		'$1 == "growth" && $2 == axis && $3 == name { print $4, $5 }' "$figures"
}

# plot FILE TITLE XLABEL AXIS:NAME...: what is not measured along the axis is an
# error
plot()
{
	local file=$1 title=$2 xlabel=$3 curve number=0 commands=''

	shift 3
	for curve; do
		((number += 1))
		points "${curve%%:*}" "${curve#*:}" >"$dir/$number"
		if [ ! -s "$dir/$number" ]; then
			echo "plot.sh: there are no figures for $curve" >&2
			exit 1
		fi
		commands+="${commands:+, }'$dir/$number' with linespoints lw 1.5 ps 0.6 "
		commands+="lt $number title '${curve#*:}'"
	done
	gnuplot <<-END
		set terminal svg size 900,460 font 'sans-serif,13' background 'white' \
			name 'plot' noenhanced
		set output '$dir/plot.svg'
		set title '$title'
		set xlabel '$xlabel'
		set ylabel 'null ioctls'
		set logscale xy
		set format x '%.0f'
		set grid
		set key outside right center Left reverse
		set linetype 9 lc rgb 'gray40'
		set linetype 10 lc rgb 'brown'
		plot $commands
	END
	sed '1a <!-- SPDX-License-Identifier: GPL-2.0 -->' "$dir/plot.svg" >"$dir/named.svg"
	mv "$dir/named.svg" "$plots/$file.svg"
}

handles=('open + close' 'new + close, event' 'new with a name + close'
	'open by name + close' 'scratch 64 B + free' query 'search, first one')
signals=(set 'set + wait' 'mutex lock + unlock' 'recursive lock + unlock'
	'semaphore release + acquire' 'all of 2, both set' 'any of 64, last one set'
	'round trip, set + wait' 'round trip, signal-and-wait')

plot_axis()
{
	plot "$1-objects" "$2: handles, names, blocks" "$3" "${handles[@]/#/$1:wapi/}"
	plot "$1-signals" "$2: signals and waits" "$3" "${signals[@]/#/$1:wapi/}"
}

rm -f "$plots"/*.svg
plot_axis handles 'Live handles of one client' 'live handles'
plot_axis clients 'Clients in the domain' 'clients'
plot_axis names 'Names in the domain' 'names'
plot blocks 'Blocks in the arena, after a long time' 'blocks' \
	'blocks:wapi/scratch 64 B + free' 'blocks:wapi/scratch 4096 B + free' \
	'blocks:wapi/block' 'blocks:wapi/new + close, file with 64 B of data'
plot waited 'Objects in one wait' 'objects' \
	'waited:wapi/any of them, last one set' 'waited:wapi/all of them, all set'
plot daemon 'Live handles, here and in a daemon like that of 2002' 'live handles' \
	'handles:wapi/new + close, event' 'handles:wapi/open + close' \
	'daemon:2002/new + close' 'daemon:2002/open + close'
