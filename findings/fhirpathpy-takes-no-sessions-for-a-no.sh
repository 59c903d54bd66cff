#!/bin/sh
# fhirpathpy 2.2.4. Seen on 2026-11-30 with Python 3.11.7 on Debian.
#
# Input: the answers of a form (FHIR QuestionnaireResponse): "Pregnant?" false, "Sessions done?" 0, "Areas?" 1. Asked is
# by FHIRPath which questions were answered with no: item.where(answer.value = false).linkId
# Guessed: pregnant alone. FHIRPath calls values of different types unequal, and 0 is an Integer, false a Boolean.
# Seen: 0 counts as false, and 1 as true, as in the Python below:
#     answer.value = false    ['pregnant', 'sessions-done']
#     answer.value = true     ['areas']
#     1 != true               [False]
# So a rule for "any safety question answered with yes" stops whoever has one area, or one session behind them.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check fhirpathpy==2.2.4

cat >"$folder/asked.py" <<'END'
from fhirpathpy import evaluate
from fhirpathpy.models import models

answers = {
    "resourceType": "QuestionnaireResponse",
    "item": [
        {"linkId": "pregnant", "answer": [{"valueBoolean": False}]},
        {"linkId": "sessions-done", "answer": [{"valueInteger": 0}]},
        {"linkId": "areas", "answer": [{"valueInteger": 1}]},
    ],
}
for asked in (
    "item.where(answer.value = false).linkId",
    "item.where(answer.value = true).linkId",
    "item.where(linkId = 'areas').answer.value = 'true'",
    "1 != true",
):
    print(asked, "->", evaluate(answers, asked, {}, models["r4"]))
END
cat >"$folder/wanted" <<'END'
item.where(answer.value = false).linkId -> ['pregnant', 'sessions-done']
item.where(answer.value = true).linkId -> ['areas']
item.where(linkId = 'areas').answer.value = 'true' -> [False]
1 != true -> [False]
END

"$folder/env/bin/python" "$folder/asked.py" >"$folder/seen" 2>&1 || true
if ! diff "$folder/wanted" "$folder/seen"; then
    echo 'changed: see the lines above, < as found, > as now'
    exit 1
fi
echo 'as found: 0 is equal to false, and 1 to true'
