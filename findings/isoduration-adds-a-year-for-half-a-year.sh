#!/bin/sh
# isoduration 20.11.0. Seen on 2026-12-01 with Python 3.11.7 on Debian.
#
# Input: the time to a follow-up in ISO 8601, of which the smallest part may have a fraction: P0.5Y, half a year.
# Guessed: about the end of May for P0.5Y from 30 November, as for P6M; or an error: the durations are kept as decimals,
# and isodate refuses fractions of years in so many words.
# Seen: each part is rounded by itself when it is added to a date, and half of it goes up:
#     P0.5Y    2027-11-30    a year
#     P1.5Y    2028-11-30    two years; P1Y6M is 2028-05-30
#     P0.4Y    2026-11-30    no time at all
#     P1.5W    2026-12-11    11 days
#     PT0.5H   01:00         an hour; half a second is a second
# So half a year is a year, and less than half is none.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check isoduration==20.11.0

cat >"$folder/ask.py" <<'END'
from datetime import datetime

from isoduration import parse_duration

for text in "P6M", "P0.5Y", "P1.5Y", "P1Y6M", "P0.4Y", "P1.5W", "PT0.5H", "PT0.5S":
    print(text, "->", datetime(2026, 11, 30) + parse_duration(text))
END
cat >"$folder/wanted" <<'END'
P6M -> 2027-05-30 00:00:00
P0.5Y -> 2027-11-30 00:00:00
P1.5Y -> 2028-11-30 00:00:00
P1Y6M -> 2028-05-30 00:00:00
P0.4Y -> 2026-11-30 00:00:00
P1.5W -> 2026-12-11 00:00:00
PT0.5H -> 2026-11-30 01:00:00
PT0.5S -> 2026-11-30 00:00:01
END

PYTHONUTF8=1 "$folder/env/bin/python" "$folder/ask.py" >"$folder/seen" 2>"$folder/noise" || cat "$folder/noise"
if ! diff "$folder/wanted" "$folder/seen"; then
    echo 'changed: see the lines above, < as found, > as now'
    exit 1
fi
echo 'as found: half a year is a year'
