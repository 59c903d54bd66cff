#!/bin/sh
# hl7 0.4.5 (python-hl7). Seen on 2026-11-30 with Python 3.11.7 on Debian.
#
# Input: a result with the fluence of a session, whose unit is J/cm^2. In HL7 v2 the ^ parts a field, so the device
# sends it as J/cm\S\2. A program reads the unit, and writes what it read into the message that it passes on.
# Guessed: whoever reads the new message gets J/cm^2 again: extract_field takes the escape away, so assign_field, its
# counterpart with the same arguments, puts it back.
# Seen: it is written as it is, and the unit is a field of two parts:
#     received   |7.5|J/cm\S\2|     extract_field: J/cm^2
#     passed on  |7.5|J/cm^2|       extract_field: J/cm
# Message.escape does it, for those who ask for it. A | in a note that is copied so moves all fields behind it.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check hl7==0.4.5

cat >"$folder/pass_on.py" <<'END'
import hl7

received = "MSH|^~\\&|laser|clinic|||20261130||ORU^R01|1|P|2.5\rOBX|1|NM|fluence||7.5|J/cm\\S\\2||||||F\r"
message = hl7.parse(received)
unit = message.extract_field("OBX", 1, 6)
print("received ", message.segment("OBX"), "->", unit)
message.assign_field(unit, "OBX", 1, 6)
passed_on = hl7.parse(str(message))
print("passed on", passed_on.segment("OBX"), "->", passed_on.extract_field("OBX", 1, 6))
message.assign_field(message.escape(unit), "OBX", 1, 6)
print("escaped  ", message.segment("OBX"), "->", message.extract_field("OBX", 1, 6))
END
cat >"$folder/wanted" <<'END'
received  OBX|1|NM|fluence||7.5|J/cm\S\2||||||F -> J/cm^2
passed on OBX|1|NM|fluence||7.5|J/cm^2||||||F -> J/cm
escaped   OBX|1|NM|fluence||7.5|J/cm\S\2||||||F -> J/cm^2
END

"$folder/env/bin/python" "$folder/pass_on.py" >"$folder/seen" 2>&1 || true
if ! diff "$folder/wanted" "$folder/seen"; then
    echo 'changed: see the lines above, < as found, > as now'
    exit 1
fi
echo 'as found: J/cm^2 is read, and J/cm is what the next one reads'
