#!/bin/sh
# clipspy 1.0.6. Seen on 2026-11-30 with Python 3.11.7 on Debian.
#
# Input: a template with the range of a device's fluence, (type NUMBER) (range 0.5 12), and a fact without a fluence.
# Guessed: the manual of CLIPS says that a slot left out takes the least number of its range, so 0.5.
# Seen: it takes 0: the bound is cut to a whole number, which the range forbids. Asserted by hand, 0 is refused:
#     (plan (fluence 0))
#     ValueError: invalid range for slot 'fluence'
# With (type FLOAT) (range 0.5 12.0) it is 0.5. So a rule for "below the device's least" fires for what was not said,
# and nothing that was said could make it fire. (default ?NONE) makes it an error to leave the slot out.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check clipspy==1.0.6

cat >"$folder/assert.py" <<'END'
import clips

for slot in "(type FLOAT) (range 0.5 12.0)", "(type NUMBER) (range 0.5 12)":
    environment = clips.Environment()
    environment.build(f"(deftemplate plan (slot fluence {slot}))")
    plan = environment.find_template("plan")
    print(slot, "->", plan.assert_fact())
try:
    plan.assert_fact(fluence=0)
except ValueError as error:
    print("0 ->", error)
END
cat >"$folder/wanted" <<'END'
(type FLOAT) (range 0.5 12.0) -> (plan (fluence 0.5))
(type NUMBER) (range 0.5 12) -> (plan (fluence 0))
0 -> invalid range for slot 'fluence'
END

"$folder/env/bin/python" "$folder/assert.py" >"$folder/seen" 2>&1 || true
if ! diff "$folder/wanted" "$folder/seen"; then
    echo 'changed: see the lines above, < as found, > as now'
    exit 1
fi
echo 'as found: an unset fluence is 0, which its range forbids'
