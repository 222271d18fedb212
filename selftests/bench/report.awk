# SPDX-License-Identifier: GPL-2.0
#
# awk -f report.awk BARS VERSUS COUNTED TIME PROFILE TEMPLATE - write RESULTS.md
#
# A line of the template that is only @word@ becomes a table; @word@ within a line
# becomes what the figures tell about it.  What is not known is an error.

BEGIN { FS = "\t" }

FNR == 1 { file++ }

file < 3 && (/^#/ || !NF) { next }

file == 1 { bar_name[++bars] = $1; bar[bars] = $2; next }
file == 2 { ours[++pairs] = $1; instead[pairs] = $2; next }

$1 == "about" { about[$2] = $3; next }
$1 == "missing" && !($2 in missing) { missing[$2] = $3; next }
$1 == "row" && !($2 in figure) {
	row[++rows] = $2
	figure[$2] = $3
	unit[$2] = $4
	ns[$2] = $5
	next
}
$1 == "growth" {
	if (!(($2, $3) in first)) {
		first[$2, $3] = $5
		if (!($3 in grows)) {
			grown[++curves] = $3
			grows[$3]
		}
	}
	last[$2, $3] = $5
	next
}
$1 == "time" {
	time[$2] = $7 > 3 * $6 ? "disturbed" : \
		sprintf("%s (%s–%s)", round($5), round($6), round($7))
	next
}
$1 == "scale" {
	if (!($2 in scales)) {
		scaled[++contests] = $2
		scales[$2]
	}
	scale[$2, $3, $4] = $7 > 3 * $6 ? "disturbed" : \
		sprintf("%.2f (%.2f–%.2f)", $5, $6, $7)
	next
}

$1 == "profile" {
	if (!($2 in in_all))
		profiled[++profiles] = $2
	in_all[$2] += $5
	in_place[$2, $3] += $5
	in_function[$2, $4] = $5
	functions[$2] = functions[$2] "\t" $4
	next
}
# Once is enough.
file < 6 { next }

# The template.
/^@[a-z]+@$/ { table(substr($0, 2, length($0) - 2)); next }
{
	while (match($0, /@[a-z]+@/)) {
		word = substr($0, RSTART + 1, RLENGTH - 2)
		$0 = substr($0, 1, RSTART - 1) value(word) substr($0, RSTART + RLENGTH)
	}
	print
}

END { exit failed }

function fail(text)
{
	print "report.awk: " text > "/dev/stderr"
	failed = 1
}

# As many digits as say something.
function round(x)
{
	return sprintf(x < 1 ? "%.3f" : x < 100 ? "%.2f" : "%.0f", x)
}

function of(name)
{
	if (!(name in figure))
		fail("no figure of " name)
	return figure[name]
}

function group(name)
{
	return substr(name, 1, index(name, "/") - 1)
}

function rest(name)
{
	return substr(name, index(name, "/") + 1)
}

# The group is a name by itself, or says nothing that its only row does not.
function plain(name)
{
	return group(name) == rest(name) ? rest(name) : group(name) ": " rest(name)
}

function instructions(x)
{
	return sprintf("%.0f", x / 2)
}

function kept(    i, n)
{
	for (i = 1; i <= bars; i++)
		n += of(bar_name[i]) <= bar[i] + 0
	return n + 0
}

function value(word)
{
	if (word == "bars")
		return bars
	if (word == "kept")
		return kept()
	if (word == "null")
		return instructions(ns["null/ioctl"])
	if (!(word in about))
		fail("nothing is known about " word)
	return about[word]
}

function table(word)
{
	if (word == "bars")
		bar_table()
	else if (word == "versus")
		versus_table()
	else if (word == "ours")
		row_table("^wapi/", "operation")
	else if (word == "library")
		row_table("^libwapi/", "operation")
	else if (word == "others")
		row_table("^(2002|eventfd|pipe|pidfd|memfd|futex|POSIX|System V|pthread|" \
			"flock|fcntl|ntsync|getppid|malloc)/", "operation")
	else if (word == "missing")
		missing_table()
	else if (word == "profile")
		profile_table()
	else if (word == "growth")
		growth_table()
	else if (word == "scaling")
		scale_table()
	else
		fail("no table is called " word)
}

function bar_title(name)
{
	if (group(name) == "million")
		return rest(name) ", 1,000,000 handles against 10"
	return group(name) == "memory" ? "memory: " rest(name) : rest(name)
}

function bar_table(    i, name, over, verdict)
{
	print "| operation | at most | measured | |"
	print "|---|---:|---:|---|"
	for (i = 1; i <= bars; i++) {
		name = bar_name[i]
		over = of(name) - bar[i]
		if (over <= 0)
			verdict = "kept"
		else if (unit[name] == "null")
			verdict = sprintf("**missed** by %s instructions",
				instructions(over * ns["null/ioctl"]))
		else
			verdict = sprintf("**missed** by %.1f %%", 100 * over / bar[i])
		printf "| %s | %s%s | %.3f | %s |\n", bar_title(name), bar[i], unit[name] == "null" ? "" : " " unit[name],
			figure[name], verdict
	}
}

function row_table(pattern, title,    i, name)
{
	print "| " title " | null ioctls | instructions | in time: null ioctls |"
	print "|---|---:|---:|---:|"
	for (i = 1; i <= rows; i++) {
		name = row[i]
		if (name !~ pattern)
			continue
		printf "| %s | %s | %s | %s |\n",
			name ~ /^(wapi|libwapi)\// ? rest(name) : plain(name),
			round(figure[name]), instructions(ns[name]),
			name in time ? time[name] : ""
	}
}

function versus_table(    i)
{
	print "| wapi | | instead | | times |"
	print "|---|---:|---|---:|---:|"
	for (i = 1; i <= pairs; i++)
		if (!(instead[i] in missing))
			printf "| %s | %s | %s | %s | %s |\n", rest(ours[i]),
				round(of(ours[i])), plain(instead[i]),
				round(of(instead[i])),
				round(of(instead[i]) / of(ours[i]))
}

function missing_table(    name, n)
{
	print "| operation | why |"
	print "|---|---|"
	for (name in missing)
		print "| " plain(name) " | " missing[name] " |" | "sort"
	close("sort")
}

# The system calls of a round, as each enters the kernel.
function calls(name)
{
	return in_function[name, "entry_SYSCALL_64"] / \
		in_function["null/ioctl", "entry_SYSCALL_64"]
}

# What functions take beyond what as many null ioctls take, the most first.
function beyond_null(name,    parts, n, i, j, more, most, text)
{
	n = split(substr(functions[name], 2), parts, "\t")
	for (i = 1; i <= n; i++)
		more[i] = in_function[name, parts[i]] - \
			calls(name) * in_function["null/ioctl", parts[i]]
	for (j = 1; j <= 10; j++) {
		most = 0
		for (i = 1; i <= n; i++)
			if (!most || more[i] > more[most])
				most = i
		text = text sprintf("%s%s %.0f", j > 1 ? ", " : "", parts[most], more[most])
		more[most] = 0
	}
	return text
}

function profile_table(    i, name)
{
	print "| operation | instructions | in wapi | in the kernel | without wapi, null ioctls |" \
		" as many null ioctls | most of the rest |"
	print "|---|---:|---:|---:|---:|---:|---|"
	for (i = 1; i <= profiles; i++) {
		name = profiled[i]
		printf "| %s | %.0f | %.0f | %.0f | %.2f | %.0f | %s |\n",
			name == "null/ioctl" ? "null ioctl" : rest(name), in_all[name],
			in_place[name, "wapi"], in_place[name, "kernel"],
			(in_all[name] - in_place[name, "wapi"]) / in_all["null/ioctl"],
			calls(name) * in_all["null/ioctl"],
			name == "null/ioctl" ? "" : beyond_null(name)
	}
}

function grown_by(axis, name)
{
	if (!((axis, name) in first))
		return ""
	return sprintf("%s → %s", round(first[axis, name]), round(last[axis, name]))
}

function growth_table(    i, name)
{
	print "| operation | handles, 10 → 1,000,000 | clients, 1 → 1,000 |" \
		" names, 1 → 100,000 | blocks, 1 → 100,000 |"
	print "|---|---:|---:|---:|---:|"
	for (i = 1; i <= curves; i++) {
		name = grown[i]
		if ((("handles", name) in first) || (("blocks", name) in first))
			printf "| %s | %s | %s | %s | %s |\n", rest(name),
				grown_by("handles", name), grown_by("clients", name),
				grown_by("names", name), grown_by("blocks", name)
	}
}

function scale_cell(name, object, workers)
{
	if ((name, object, workers) in scale)
		return scale[name, object, workers]
	return (name, "no", workers) in scale && object == "different" ? \
		scale[name, "no", workers] : ""
}

function scale_table(    i, name)
{
	print "| operation | one each: threads | processes | the same: threads | processes |"
	print "|---|---:|---:|---:|---:|"
	for (i = 1; i <= contests; i++) {
		name = scaled[i]
		printf "| %s | %s | %s | %s | %s |\n", plain(name),
			scale_cell(name, "different", "threads"),
			scale_cell(name, "different", "processes"),
			scale_cell(name, "same", "threads"),
			scale_cell(name, "same", "processes")
	}
}
