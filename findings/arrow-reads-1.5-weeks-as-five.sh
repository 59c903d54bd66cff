#!/bin/sh
# arrow 1.4.0. Seen on 2026-11-30 with Python 3.11.7 on Debian.
#
# Input: the time until a check of the skin as people write it, read by Arrow.dehumanize, in English and in Spanish.
# Guessed: 10 or 11 days for "in 1.5 weeks", or an error: "in one and a half months" is one, and whole numbers are right.
# Seen: what stands before the point or the comma is passed over, and so is the word half:
#     in 1.5 weeks      2027-01-04    5 weeks later
#     in 0.5 years      2031-11-30    5 years later
#     in half a year    2027-11-30    a year later
#     en 1,5 meses      2027-04-30    5 months later
#     hace 1,5 años     2021-11-30    5 years ago
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check arrow==1.4.0

cat >"$folder/check.py" <<'END'
import arrow

today = arrow.get("2026-11-30")
for locale, text in (
    ("en", "in 6 weeks"),
    ("en", "in 1.5 weeks"),
    ("en", "in 0.5 years"),
    ("en", "in half a year"),
    ("es", "en 1,5 meses"),
    ("es", "hace 1,5 años"),
):
    print(text, "->", today.dehumanize(text, locale=locale).date())
END
cat >"$folder/wanted" <<'END'
in 6 weeks -> 2027-01-11
in 1.5 weeks -> 2027-01-04
in 0.5 years -> 2031-11-30
in half a year -> 2027-11-30
en 1,5 meses -> 2027-04-30
hace 1,5 años -> 2021-11-30
END

PYTHONUTF8=1 "$folder/env/bin/python" "$folder/check.py" >"$folder/seen" 2>&1 || true
if ! diff "$folder/wanted" "$folder/seen"; then
    echo 'changed: see the lines above, < as found, > as now'
    exit 1
fi
echo 'as found: in 1.5 weeks is in five'
