#!/bin/sh
# quantulum3 0.10.0, without its classifier. Seen on 2026-11-30 with Python 3.11.7 on Debian.
#
# Input: notes of a session, as clinicians write them: "755/1064 nm laser, 7.5 J/cm2 at 10 Hz".
# Guessed: 755 and 1064 nm, or 1064 nm alone; 7.5 J/cm² and 10 Hz. It knows all of these units, and reads the second
# note so with a comma in the place of "at".
# Seen: two wavelengths are a fraction, and "at" is a unit, the ampere-turn:
#     755/1064 nm            0.7096 nanometre
#     7.5 J/cm2 at 10 Hz     7.5 joule per square centimetre per ampere-turn, and 10 hertz
#     7.5 J/cm2, 10 Hz       7.5 joule per square centimetre, and 10 hertz
# So the fluence of the first note is no fluence, and whoever looks for one finds that none was used.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check quantulum3==0.10.0

cat >"$folder/note.py" <<'END'
from quantulum3 import parser

for note in (
    "755/1064 nm",
    "1064 nm",
    "7.5 J/cm2 at 10 Hz",
    "7.5 J/cm2, 10 Hz",
):
    for found in parser.parse(note):
        print(note, "->", round(found.value, 4), found.unit.name, "| a", found.unit.entity.name)
END
cat >"$folder/wanted" <<'END'
755/1064 nm -> 0.7096 nanometre | a length
1064 nm -> 1064.0 nanometre | a length
7.5 J/cm2 at 10 Hz -> 7.5 joule per square centimetre per ampere-turn | a unknown
7.5 J/cm2 at 10 Hz -> 10.0 hertz | a frequency
7.5 J/cm2, 10 Hz -> 7.5 joule per square centimetre | a unknown
7.5 J/cm2, 10 Hz -> 10.0 hertz | a frequency
END

"$folder/env/bin/python" "$folder/note.py" >"$folder/seen" 2>"$folder/noise" || cat "$folder/noise"
if ! diff "$folder/wanted" "$folder/seen"; then
    echo 'changed: see the lines above, < as found, > as now'
    exit 1
fi
echo 'as found: 755/1064 nm is 0.7096 nm'
