#!/bin/sh
# fhirpathrs 0.1.5. Seen on 2026-11-30 with Python 3.11.7 on Debian.
#
# Input: the answers of a form (FHIR QuestionnaireResponse), of the types yes or no, number, text and choice. Asked is
# by FHIRPath which questions have no answer: item.where(answer.value.empty()).linkId
# Guessed: none. In FHIRPath answer.value is the answer of whatever type, for FHIR's value[x].
# Seen: the choice counts as not answered. Its answer is there only by its full name, answer.valueCoding; so it is for
# valueReference and valueAttachment, and for an Observation's valueCodeableConcept:
#     answer.value.exists()           True for yes or no, number and text, False for the choice
#     answer.valueCoding.code         ['III']
# What skin types, areas and reasons are is a choice in most forms. A check for "all questions answered" never passes,
# and a rule on the skin type by answer.value.code never holds, whichever was chosen.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check fhirpathrs==0.1.5

cat >"$folder/asked.py" <<'END'
from fhirpathrs import evaluate

answers = {
    "resourceType": "QuestionnaireResponse",
    "item": [
        {"linkId": "pregnant", "answer": [{"valueBoolean": False}]},
        {"linkId": "fluence", "answer": [{"valueDecimal": 7.5}]},
        {"linkId": "goal", "answer": [{"valueString": "even skin"}]},
        {"linkId": "phototype", "answer": [{"valueCoding": {"system": "urn:clinic", "code": "III"}}]},
    ],
}
for asked in (
    "item.where(answer.value.empty()).linkId",
    "item.where(answer.value.exists()).linkId",
    "item.where(linkId = 'phototype').answer.value.code",
    "item.where(linkId = 'phototype').answer.valueCoding.code",
):
    print(asked, "->", evaluate(asked, answers))
END
cat >"$folder/wanted" <<'END'
item.where(answer.value.empty()).linkId -> ['phototype']
item.where(answer.value.exists()).linkId -> ['pregnant', 'fluence', 'goal']
item.where(linkId = 'phototype').answer.value.code -> []
item.where(linkId = 'phototype').answer.valueCoding.code -> ['III']
END

"$folder/env/bin/python" "$folder/asked.py" >"$folder/seen" 2>&1 || true
if ! diff "$folder/wanted" "$folder/seen"; then
    echo 'changed: see the lines above, < as found, > as now'
    exit 1
fi
echo 'as found: a chosen skin type is not among the answered questions'
