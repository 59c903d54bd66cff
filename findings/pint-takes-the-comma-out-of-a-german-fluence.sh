#!/bin/sh
# pint 0.25.3. Seen on 2026-11-30 with Python 3.11.7 on Debian.
#
# Input: settings as clinics from Lisbon to Warsaw write them, with a decimal comma: 7,5 J/cm².
# Guessed: an error, as for other text that is no number, or 7.5. The documentation names no comma where it reads
# quantities from text; where it writes them, its tutorial shows 1,3 with a French locale.
# Seen: every comma is taken out before the text is read. Nothing is raised or logged:
#     7,5 J/cm^2    75.0 joule / centimeter ** 2      ten times the fluence
#     7,50 J/cm^2   750.0 joule / centimeter ** 2
#     0,75 ns       0 nanosecond                      from 075 ns
# So of two clinics that send the same setting, one with a point and one with a comma, one is off by a power of ten.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check pint==0.25.3

cat >"$folder/read.py" <<'END'
import pint

read = pint.UnitRegistry().Quantity
for text in "7.5 J/cm^2", "7,5 J/cm^2", "7,50 J/cm^2", "0,75 ns":
    print(text, "->", read(text))
END
cat >"$folder/wanted" <<'END'
7.5 J/cm^2 -> 7.5 joule / centimeter ** 2
7,5 J/cm^2 -> 75.0 joule / centimeter ** 2
7,50 J/cm^2 -> 750.0 joule / centimeter ** 2
0,75 ns -> 0 nanosecond
END

"$folder/env/bin/python" "$folder/read.py" >"$folder/seen" 2>&1 || true
if ! diff "$folder/wanted" "$folder/seen"; then
    echo 'changed: see the lines above, < as found, > as now'
    exit 1
fi
echo 'as found: 7,5 J/cm² is read as 75'
