#!/bin/sh
# dateparser 1.5.0. Seen on 2026-11-30 with Python 3.11.7 on Debian.
#
# Input: what clinics write in Spanish for the next session, "en 6 a 8 semanas", in 6 to 8 weeks, said on 30 November.
# Guessed: None, as for the English "in 6 to 8 weeks"; or the date in 6 or in 8 weeks. "en 6 semanas" is right.
# Seen: the "a" (to) is taken for "año", a year:
#     en 6 a 8 semanas      2033-01-25    6 years and 8 weeks later
#     en 10 a 15 días       2036-12-15    10 years and 15 days later
#     hace 6 a 8 semanas    2020-10-05    6 years and 8 weeks ago, where the last session was 6 to 8 weeks ago
# search_dates finds the same date in a whole sentence. With a hyphen, "en 6-8 semanas", it is 8 weeks.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check dateparser==1.5.0

cat >"$folder/next.py" <<'END'
from datetime import datetime

from dateparser import parse
from dateparser.search import search_dates

today = {"RELATIVE_BASE": datetime(2026, 11, 30)}
for language, text in (
    ("en", "in 6 to 8 weeks"),
    ("es", "en 6 semanas"),
    ("es", "en 6-8 semanas"),
    ("es", "en 6 a 8 semanas"),
    ("es", "en 10 a 15 días"),
    ("es", "hace 6 a 8 semanas"),
):
    found = parse(text, languages=[language], settings=today)
    print(text, "->", found and found.date())
sentence = "La próxima sesión es en 6 a 8 semanas."
print(sentence, "->", *(day.date() for _, day in search_dates(sentence, languages=["es"], settings=today)))
END
cat >"$folder/wanted" <<'END'
in 6 to 8 weeks -> None
en 6 semanas -> 2027-01-11
en 6-8 semanas -> 2027-01-25
en 6 a 8 semanas -> 2033-01-25
en 10 a 15 días -> 2036-12-15
hace 6 a 8 semanas -> 2020-10-05
La próxima sesión es en 6 a 8 semanas. -> 2033-01-25
END

PYTHONUTF8=1 "$folder/env/bin/python" "$folder/next.py" >"$folder/seen" 2>"$folder/noise" || cat "$folder/noise"
if ! diff "$folder/wanted" "$folder/seen"; then
    echo 'changed: see the lines above, < as found, > as now'
    exit 1
fi
echo 'as found: in 6 to 8 weeks is in six years and 8 weeks, in Spanish'
