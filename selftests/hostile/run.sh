#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# run.sh [STEP...]  run the hostile steps, all or those named, that have not passed
#                   on this very tree yet; write RESULTS.md
# run.sh -f [...]   run them whether or not they have passed
# run.sh -r         only write RESULTS.md anew, from what has run on this tree
# run.sh -l         list the steps and how they stand
#
# A step is a program in steps/ that runs one thing to its end and succeeds or
# not. It may append lines "figure<TAB>name<TAB>value" to the file $WAPI_FIGURES,
# and a section of RESULTS.md, which begins with "### ", to $WAPI_SECTION. How
# each ended is kept in the cache, for each content of the tree: a run that was
# interrupted goes on where it was. RESULTS.md tells of a step that has not run on
# this very tree how it ended on the last one that it ran on, and which that was.
#
# The last line is the sum, "N passed, N failed", of steps.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
top=${here%/*/*}
results=$top/selftests/RESULTS.md
cache=${WAPI_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/wapi}

usage()
{
	sed -n '4,/^$/ s/^# \?//p' "$0" | sed '/^$/,$d' >&2
	exit 2
}

what=run force=
while getopts frl option; do
	case $option in
	f) force=1 ;;
	r) what=report ;;
	l) what=list ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))

# What is built and what is only read by people is not what is tested.
tree_key()
{
	cd "$top" && find . \( -path ./build -o -name .git \) -prune -o \
		-type f ! -name '*.md' -print0 |
		sort -z | xargs -0 sha256sum | sha256sum | cut -c 1-12
}

key=$(tree_key)
state=$cache/hostile/$key
mkdir -p "$state"
touch "$state"
last=$cache/hostile/last
mkdir -p "$last"
# Of trees that nobody works on any more.
find "$cache/hostile" -mindepth 1 -maxdepth 1 ! -name last -mtime +14 -exec rm -rf {} +

steps=()
for step in "$here"/steps/*; do
	[ ! -x "$step" ] || steps+=("${step##*/}")
done
wanted=("$@")
[ $# -gt 0 ] || wanted=("${steps[@]}")
for step in "${wanted[@]}"; do
	[ -x "$here/steps/$step" ] || { echo "run.sh: there is no step $step" >&2; exit 2; }
done

# standing STEP - passed, failed, or "not run" on this tree
standing()
{
	cat "$state/$1.result" 2>/dev/null || echo 'not run'
}

# told STEP WHAT - a file of how the step ended, on this tree or on the last one
told()
{
	if [ -e "$state/$1.result" ]; then
		echo "$state/$1.$2"
	else
		echo "$last/$1.$2"
	fi
}

# run STEP - sets its standing; its output is in the cache, its end here
run()
{
	local step=$1 begin=$SECONDS result=passed dir=$state/$1.new

	rm -rf "$state/$step".*
	mkdir "$dir"
	: >"$dir/figures"
	: >"$dir/section"
	echo "# $step: begins $(date +%H:%M), its log is $state/$step.log"
	WAPI_FIGURES=$dir/figures WAPI_SECTION=$dir/section \
		"$here/steps/$step" >"$state/$step.log" 2>&1 </dev/null || result=failed
	echo $((SECONDS - begin)) >"$dir/seconds"
	# Nobody tested the tree that somebody changes meanwhile.
	if [ "$(tree_key)" != "$key" ]; then
		echo "# $step: the tree has changed under it"
		rm -rf "$dir"
		return 1
	fi
	for file in figures section seconds; do
		mv "$dir/$file" "$state/$step.$file"
	done
	rmdir "$dir"
	echo "$key" >"$state/$step.tree"
	echo $result >"$state/$step.result"
	cp "$state/$step".* "$last"
	[ $result = passed ] || tail -n 20 "$state/$step.log" | sed 's/^/# /'
	sed "s/^figure\t\([^\t]*\)\t/# $step: \1: /" "$state/$step.figures"
}

# The versions of what the kernels are made of, and of what they run in.
versions()
{
	local package

	for package in linux-source-6.12 linux-source-6.1 gcc qemu-system-x86; do
		# shellcheck disable=SC2016 # for dpkg-query to expand
		dpkg-query -W -f '${Package} ${Version}\n' $package 2>/dev/null
	done | paste -sd ';' | sed 's/;/, /g'
}

report()
{
	local step seconds

	cat <<-END
	<!-- SPDX-License-Identifier: GPL-2.0 -->
	# What the hostile tests found

	Written by \`make check-hostile\`; not to be edited. Of the tree $key, and where
	a step has not run on it of the last one that it ran on, with
	$(versions).

	| step | result | minutes | tree |
	|---|---|--:|---|
	END
	for step in "${steps[@]}"; do
		seconds=$(cat "$(told "$step" seconds)" 2>/dev/null || echo 0)
		printf '| %s | %s | %s | %s |\n' "$step" \
			"$(cat "$(told "$step" result)" 2>/dev/null || echo 'not run')" \
			"$(awk -v s="$seconds" 'BEGIN { if (s) printf "%.1f", s / 60 }')" \
			"$(cat "$(told "$step" tree)" 2>/dev/null)"
	done
	printf '\n## Figures\n\n| step | what | |\n|---|---|--:|\n'
	for step in "${steps[@]}"; do
		[ ! -e "$(told "$step" figures)" ] ||
			awk -F '\t' -v step="$step" '$1 == "figure" {
				printf "| %s | %s | %s |\n", step, $2, $3
			}' "$(told "$step" figures)"
	done
	for step in "${steps[@]}"; do
		[ ! -s "$(told "$step" section)" ] || { echo; cat "$(told "$step" section)"; }
	done
}

write_report()
{
	report >"$results.new"
	mv "$results.new" "$results"
	echo "# written: $results"
}

case $what in
list)
	for step in "${steps[@]}"; do
		printf '%-24s %s\n' "$step" "$(standing "$step")"
	done
	exit
	;;
report)
	write_report
	exit
	;;
esac

passed=0 failed=0
for step in "${wanted[@]}"; do
	if [ -n "$force" ] || [ "$(standing "$step")" != passed ]; then
		run "$step" || { failed=$((failed + 1)); continue; }
	fi
	case $(standing "$step") in
	passed) echo "ok $step"; passed=$((passed + 1)) ;;
	*)	echo "not ok $step"; failed=$((failed + 1)) ;;
	esac
done
write_report
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
