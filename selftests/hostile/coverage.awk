# SPDX-License-Identifier: GPL-2.0
#
# awk -f coverage.awk -v figures=FILE -v section=FILE UNCOVERED GCOV... - sum up
# what `gcov -b -c` printed, append figures and a section of RESULTS.md
#
# UNCOVERED has a reason for each line that cannot run: see there. Succeeds if
# every line that did not run has one.

BEGIN { FS = "\t" }

FNR == 1 { file++ }

file == 1 {
	if (/^#/ || !NF)
		next
	if (NF != 4) {
		print "coverage.awk: not four fields: " $0 >"/dev/stderr"
		broken = 1
		exit 2
	}
	reasons++
	of_file[reasons] = "^module/(" ($1 == "" ? ".*" : $1) ")$"
	of_function[reasons] = "^(" ($2 == "" ? ".*" : $2) ")$"
	of_branches[reasons] = sub(/^\?/, "", $3)
	of_text[reasons] = $3
	reason[reasons] = $4
	next
}

# The sources are links in a directory of the kernel's.
/^ *-: *0:Source:/ {
	source = $0
	sub(/.*:Source:/, "", source)
	ours = source ~ /(^|\/)module\/[^\/]*\.[ch]$/ && source !~ /linux-source/
	sub(/.*\//, "module/", source)
	name = ""
	next
}

!ours || /^ *-: *0:/ || /^function / || /^call / { next }

/^branch / {
	key = where SUBSEP branch_number++
	if (!(key in branch)) {
		branch[key] = 0
		branches[where]++
		all_branches++
	}
	count = $0
	if (sub(/^branch +[0-9]+ taken /, "", count) && count + 0 > 0) {
		if (!branch[key]) {
			branches_taken++
			taken[where]++
		}
		branch[key] = 1
	}
	next
}

/^ *[^ :]+: *[0-9]+:/ {
	count = code = $0
	sub(/:.*/, "", count)
	gsub(/ /, "", count)
	sub(/^[^:]*: */, "", code)
	number = code + 0
	sub(/^[0-9]+:/, "", code)
	# A definition begins in the first column.
	if (code ~ /^[a-z][^;=]*\(/ && code !~ /;$/) {
		name = code
		sub(/\(.*/, "", name)
		sub(/.*[ *]/, "", name)
	}
	if (count == "-")
		next
	where = source SUBSEP number
	branch_number = 0
	if (!(where in text)) {
		lines++
		gsub(/^[ \t]+|[ \t]+$/, "", code)
		text[where] = code
		within[where] = name
		order[lines] = where
	}
	if (count !~ /^[#=]/ && !ran[where]) {
		ran[where] = 1
		lines_run++
	}
	next
}

function reason_of(where, is_branch,	at, i)
{
	split(where, at, SUBSEP)
	for (i = 1; i <= reasons; i++)
		if ((is_branch || !of_branches[i]) && at[1] ~ of_file[i] && within[where] ~ of_function[i] &&
		    (of_text[i] == "" || text[where] ~ of_text[i])) {
			used[i] = 1
			return reason[i]
		}
	return ""
}

function share(part, all)
{
	return sprintf("%d of %d, %.1f %%", part, all, all ? 100 * part / all : 0)
}

function cell(string)
{
	gsub(/\|/, "\\|", string)
	return string
}

function figure(what, value)
{
	printf "figure\t%s\t%s\n", what, value >>figures
}

# In the order of files and lines: what has no counts comes out of order.
function sort_lines(	i, j, at, tmp, rank)
{
	for (i = 1; i <= lines; i++) {
		split(order[i], at, SUBSEP)
		rank[i] = sprintf("%s %06d", at[1], at[2])
	}
	for (i = 2; i <= lines; i++) {
		tmp = order[i]
		key = rank[i]
		for (j = i - 1; j && rank[j] > key; j--) {
			order[j + 1] = order[j]
			rank[j + 1] = rank[j]
		}
		order[j + 1] = tmp
		rank[j + 1] = key
	}
}

END {
	if (broken)
		exit 2
	if (!lines) {
		print "coverage.awk: no line of the module has been counted" >"/dev/stderr"
		exit 2
	}
	sort_lines()

	print "### What of the module no test runs\n" >>section
	print "| line | function | code | why |\n|---|---|---|---|" >>section
	for (i = 1; i <= lines; i++) {
		where = order[i]
		if (ran[where])
			continue
		why = reason_of(where, 0)
		if (why == "") {
			missing++
			why = "**no reason given**"
		}
		split(where, at, SUBSEP)
		row = sprintf("| %s:%d | %s | `%s` | %s |", at[1], at[2], within[where],
			      cell(text[where]), why)
		print row >>section
		if (why ~ /^\*\*/)
			print "uncovered: " at[1] ":" at[2] ": " text[where]
	}

	print "\n### Which ways of a branch no test goes\n" >>section
	print "Of lines that run.\n" >>section
	print "| line | function | code | never, of | why |\n|---|---|---|---|---|" >>section
	for (i = 1; i <= lines; i++) {
		where = order[i]
		if (!ran[where] || branches[where] == taken[where] + 0)
			continue
		why = reason_of(where, 1)
		if (why == "")
			unexplained += branches[where] - taken[where]
		split(where, at, SUBSEP)
		printf "| %s:%d | %s | `%s` | %d of %d | %s |\n", at[1], at[2], within[where],
			cell(text[where]), branches[where] - taken[where], branches[where],
			why == "" ? "**no reason given**" : why >>section
	}

	for (i = 1; i <= reasons; i++)
		if (!used[i])
			print "uncovered: the reason for " of_file[i] " " of_function[i] " " \
			      of_text[i] " is not needed"

	figure("lines of the module that ran", share(lines_run, lines))
	figure("lines that did not, and no reason is given", missing + 0)
	figure("ways of branches that were gone", share(branches_taken, all_branches))
	figure("ways that were not, and no reason is given", unexplained + 0)
	exit missing > 0
}
