#!/bin/sh
# pyDMNrules 1.4.5 with pySFeel 1.4.2. Seen on 2026-11-30 with Python 3.11.7 on Debian.
#
# Input: a DMN table with one row for whoever is not a minor. Its cell can be written in three ways that mean the same
# for every age: >= 18, not(< 18) and not([0..17]). Whole years are asked; here the age was not said.
# Guessed: no row matches, for each of the three. In FEEL null compares as null, and "not" of null is null.
# Seen: null lies outside of the range, so not([0..17]) holds:
#     >= 18          no rule matched
#     not(< 18)      no rule matched
#     not([0..17])   {'age': None, 'sessions': 1.0}
# So tidying a cell, from one to the other, lets unanswered safety questions through, and every test with an age passes.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check pyDMNrules==1.4.5 pySFeel==1.4.2

cat >"$folder/decide.py" <<'END'
from xml.sax.saxutils import escape

import pyDMNrules

TABLE = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="urn:d">
  <inputData id="i" name="age"><variable id="v" name="age" typeRef="number"/></inputData>
  <decision id="plan" name="plan">
    <variable id="w" name="sessions" typeRef="number"/>
    <informationRequirement id="r"><requiredInput href="#i"/></informationRequirement>
    <decisionTable id="t" hitPolicy="UNIQUE">
      <input id="in" label="age"><inputExpression id="e" typeRef="number"><text>age</text></inputExpression></input>
      <output id="out" label="sessions" name="sessions" typeRef="number"/>
      <rule id="row">
        <inputEntry id="a"><text>CELL</text></inputEntry><outputEntry id="b"><text>1</text></outputEntry>
      </rule>
    </decisionTable>
  </decision>
</definitions>"""

for cell in ">= 18", "not(< 18)", "not([0..17])":
    rules = pyDMNrules.DMN()
    rules.useXML(TABLE.replace("CELL", escape(cell)))
    for age in 40, 12, None:
        _, decided = rules.decide({"age": age})
        decided = decided[-1] if isinstance(decided, list) and decided else decided
        print(cell, "|", age, "|", decided["Result"]["sessions"] if decided else "no row")
END
cat >"$folder/wanted" <<'END'
>= 18 | 40 | 1.0
>= 18 | 12 | no row
>= 18 | None | no row
not(< 18) | 40 | 1.0
not(< 18) | 12 | no row
not(< 18) | None | no row
not([0..17]) | 40 | 1.0
not([0..17]) | 12 | no row
not([0..17]) | None | 1.0
END

"$folder/env/bin/python" "$folder/decide.py" >"$folder/seen" 2>&1 || true
if ! diff "$folder/wanted" "$folder/seen"; then
    echo 'changed: see the lines above, < as found, > as now'
    exit 1
fi
echo 'as found: an unknown age is not in [0..17], so it passes'
