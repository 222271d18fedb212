# SPDX-License-Identifier: GPL-2.0
#
# awk -f failures.awk LOG - what failed in LOG, KTAP, and what it said before
#
# Each failed result with the lines since the result before it, or the last of
# them, and those after the last result: a long log ends with what its reader
# looks for. All are comments, so that no result is counted twice.

function tell(	i)
{
	for (i = lines > most ? lines - most : 0; i < lines; i++)
		print "# " line[i]
	lines = 0
}

BEGIN { most = 24 }

/^ *ok / { lines = 0; next }

{ line[lines++] = $0 }

/^ *not ok / { tell() }

END { tell() }
