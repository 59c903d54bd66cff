#!/bin/sh
# parsedatetime 2.6. Seen on 2026-11-30 with Python 3.11.7 on Debian.
#
# Input: when the next session is to be, as letters say it, read on 30 November: "in 4-6 weeks".
# Guessed: 28 December or 11 January, or not understood. "in 4 weeks" is 28 December, "in 4 to 6 weeks" 11 January.
# Seen: the hyphen is a minus, and the session was six weeks ago. "half" is not read at all:
#     in 4 weeks           2026-12-28
#     in 4-6 weeks         2026-10-19
#     in half a year       2027-11-30
# For each of them the parser says that it understood a date.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check parsedatetime==2.6

cat >"$folder/read.py" <<'END'
import datetime

import parsedatetime

calendar = parsedatetime.Calendar()
today = datetime.datetime(2026, 11, 30, 10, 0)
for words in "in 4 weeks", "in 4 to 6 weeks", "in 4-6 weeks", "in 6 months", "in half a year", "in a while":
    day, understood = calendar.parseDT(words, today)
    print(words, "->", day.date() if understood else "not understood", understood)
END
cat >"$folder/wanted" <<'END'
in 4 weeks -> 2026-12-28 1
in 4 to 6 weeks -> 2027-01-11 1
in 4-6 weeks -> 2026-10-19 1
in 6 months -> 2027-05-30 1
in half a year -> 2027-11-30 1
in a while -> not understood 0
END

"$folder/env/bin/python" "$folder/read.py" >"$folder/seen" 2>&1 || true
if ! diff "$folder/wanted" "$folder/seen"; then
    echo 'changed: see the lines above, < as found, > as now'
    exit 1
fi
echo 'as found: in 4-6 weeks is six weeks ago'
