# SPDX-License-Identifier: GPL-2.0
#
# awk -v status=STATUS -f check.awk BARS FIGURES - do the figures keep the bars?
#
# Prints KTAP, and "N passed, N failed, N skipped". What has a bar and was not
# measured has failed. STATUS is how the measuring ended.

BEGIN { FS = "\t" }

FNR == NR {
	if (/^#/ || !NF)
		next
	name[++bars] = $1
	bar[bars] = $2
	unit[bars] = $3
	kept[bars] = NF > 3 ? $4 : $2
	next
}

NF == 1 { said[++lines] = $0 }
$1 == "row" { figure[$2] = $3; measured[$2] = $4 }
$1 == "missing" { why[$2] = $3 }

function result(good, text)
{
	number++
	if (good)
		passed++
	else
		failed++
	printf "%s %d %s\n", good ? "ok" : "not ok", number, text
}

END {
	print "KTAP version 1"
	print "1.." bars + (status != 0)
	for (i = 1; i <= bars; i++) {
		at_most = sprintf("at most %s %s", kept[i], unit[i])
		if (kept[i] != bar[i])
			at_most = at_most ", as the bar of " bar[i] " is not reached"
		if (!(name[i] in figure))
			result(0, sprintf("%s: not measured%s, %s", name[i],
				name[i] in why ? " (" why[name[i]] ")" : "", at_most))
		else if (measured[name[i]] != unit[i])
			result(0, sprintf("%s: measured in %s, %s", name[i],
				measured[name[i]], at_most))
		else
			result(figure[name[i]] + 0 <= kept[i] + 0,
				sprintf("%s: %.3f, %s", name[i], figure[name[i]], at_most))
	}
	for (i = 1; i <= lines; i++)
		print "# " said[i]
	if (status)
		result(0, "the measuring: it ended with status " status)
	printf "%d passed, %d failed, 0 skipped\n", passed, failed
	exit failed > 0 || !passed
}
