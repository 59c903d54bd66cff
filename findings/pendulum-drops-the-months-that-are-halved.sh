#!/bin/sh
# pendulum 3.3.0. Seen on 2026-11-30 with Python 3.11.7 on Debian.
#
# Input: an interval between sessions, and the same one stretched or halved, as for a course with fewer or more sessions.
# Guessed: half of two months is one month; where the result is no whole number of months, rounding or an error.
# Seen: times a fraction, months and years are dropped without a word, even where the result is whole:
#     duration(weeks=6) * 0.5            3 weeks
#     duration(months=2) * 0.5           nothing: the next session is on the day itself
#     duration(months=1) * 1.5           nothing
#     duration(months=1) * 2.0           nothing, and * 2 is two months
#     duration(years=1) / 2              nothing
#     duration(months=2, weeks=2) * 1.5  3 weeks
# Divided, it is rounded: of 1 month there is left 0, of 3 months there are 2.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check pendulum==3.3.0

cat >"$folder/stretch.py" <<'END'
from pendulum import date, duration

last = date(2026, 11, 30)
for what in (
    "duration(weeks=6) * 0.5",
    "duration(months=2) * 0.5",
    "duration(months=1) * 1.5",
    "duration(months=1) * 2.0",
    "duration(months=1) * 2",
    "duration(years=1) / 2",
    "duration(months=2, weeks=2) * 1.5",
    "duration(months=1) / 2",
    "duration(months=3) / 2",
):
    print(what, "->", last + eval(what))
END
cat >"$folder/wanted" <<'END'
duration(weeks=6) * 0.5 -> 2026-12-21
duration(months=2) * 0.5 -> 2026-11-30
duration(months=1) * 1.5 -> 2026-11-30
duration(months=1) * 2.0 -> 2026-11-30
duration(months=1) * 2 -> 2027-01-30
duration(years=1) / 2 -> 2026-11-30
duration(months=2, weeks=2) * 1.5 -> 2026-12-21
duration(months=1) / 2 -> 2026-11-30
duration(months=3) / 2 -> 2027-01-30
END

"$folder/env/bin/python" "$folder/stretch.py" >"$folder/seen" 2>&1 || true
if ! diff "$folder/wanted" "$folder/seen"; then
    echo 'changed: see the lines above, < as found, > as now'
    exit 1
fi
echo 'as found: one and a half months are no time at all'
