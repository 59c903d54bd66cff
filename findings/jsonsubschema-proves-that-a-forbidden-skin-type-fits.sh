#!/bin/sh
# jsonsubschema 0.0.8. Seen on 2026-11-30 with Python 3.11.7 on Debian.
#
# Input: what a booking form may send, and what a laser's service takes: any skin type but VI, and a fluence below 10.
# Guessed: False where the form may send VI, or 10: isSubschema(a, b) is there to prove that whatever is valid for a is
# valid for b, and jsonschema says of both values that they are valid for the one and not for the other.
# Seen: it is proven. "not" of an enum is lost where a is an enum, too, and "not" of a minimum leaves the bound in:
#     {"enum": ["I", "VI"]}                  fits {"type": "string", "not": {"enum": ["VI"]}}
#     {"enum": ["VI"]}                       fits {"type": "string", "not": {"enum": ["VI"]}}
#     {"type": "number", "maximum": 10}      fits {"type": "number", "not": {"type": "number", "minimum": 10}}
# So the check that a release asks before it lets an older form go on lets through what the laser must never get.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check jsonsubschema==0.0.8 jsonschema==4.26.0

cat >"$folder/prove.py" <<'END'
import jsonschema
from jsonsubschema import isSubschema

not_vi = {"type": "string", "not": {"enum": ["VI"]}}
below_10 = {"type": "number", "not": {"type": "number", "minimum": 10}}
for sent, taken, value in (
    ({"type": "string"}, not_vi, "VI"),
    ({"enum": ["I", "VI"]}, not_vi, "VI"),
    ({"enum": ["VI"]}, not_vi, "VI"),
    ({"type": "number", "maximum": 11}, below_10, 10),
    ({"type": "number", "maximum": 10}, below_10, 10),
):
    held = [jsonschema.Draft4Validator(schema).is_valid(value) for schema in (sent, taken)]
    print(sent, isSubschema(sent, taken), "but", value, "is", *held)
END
cat >"$folder/wanted" <<'END'
{'type': 'string'} False but VI is True False
{'enum': ['I', 'VI']} True but VI is True False
{'enum': ['VI']} True but VI is True False
{'type': 'number', 'maximum': 11} False but 10 is True False
{'type': 'number', 'maximum': 10} True but 10 is True False
END

"$folder/env/bin/python" "$folder/prove.py" >"$folder/seen" 2>&1 || true
if ! diff "$folder/wanted" "$folder/seen"; then
    echo 'changed: see the lines above, < as found, > as now'
    exit 1
fi
echo 'as found: it is proven that VI fits where VI is forbidden'
