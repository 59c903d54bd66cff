#!/bin/sh
# zen-engine 2.1.3 (of PyPI). Seen on 2026-11-30 with Python 3.11.7 on Debian.
#
# Input: conditions on the areas that a client chose, a list: areas == ['face'] for "the face and nothing else".
# Guessed: true where they chose the face alone; or an error, as the engine gives one for most that it can not compare:
# '10' > '9', null < 18 and areas in [['face']] are errors. Its reference shows == and != of no type in particular.
# Seen: no list is equal to another, nor to itself, and every one is unequal. Objects, too:
#     areas == ['face']     false
#     areas != ['face']     true
#     areas == areas        false
# So a rule for one area never holds, and "not the face alone" always. contains, some and areas[0] are right.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check zen-engine==2.1.3

cat >"$folder/decide.py" <<'END'
import zen

chosen = {"areas": ["face"]}
for condition in (
    "areas[0] == 'face'",
    "contains(areas, 'face')",
    "areas == ['face']",
    "areas != ['face']",
    "areas == areas",
    "'10' > '9'",
):
    try:
        print(condition, "->", zen.evaluate_expression(condition, chosen))
    except RuntimeError as error:
        print(condition, "->", str(error).splitlines()[0])
END
cat >"$folder/wanted" <<'END'
areas[0] == 'face' -> True
contains(areas, 'face') -> True
areas == ['face'] -> False
areas != ['face'] -> True
areas == areas -> False
'10' > '9' -> {"type":"vmError","source":"Opcode Compare: Unsupported type"}
END

"$folder/env/bin/python" "$folder/decide.py" >"$folder/seen" 2>&1 || true
if ! diff "$folder/wanted" "$folder/seen"; then
    echo 'changed: see the lines above, < as found, > as now'
    exit 1
fi
echo 'as found: no list is equal to itself'
