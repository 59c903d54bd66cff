#!/bin/sh
# fhirclient 4.4.0. Seen on 2026-11-30 with Python 3.11.7 on Debian.
#
# Input: a Questionnaire (R4) with a question in English, and its Spanish words in the translation extension, which FHIR
# puts beside a text: "_text" beside "text".
# Guessed: what is read so strictly as by fhirclient, which refuses members that it does not know, is written again.
# Seen: whatever stands in a member with an underscore is gone, without a word: the form is in English alone.
#     read     _text: ¿Qué resultado se espera?
#     written  _text: None
# A member that it does not know otherwise, such as "textt", is refused by name.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check fhirclient==4.4.0

cat >"$folder/form.py" <<'END'
from fhirclient.models.fhirabstractbase import FHIRValidationError
from fhirclient.models.questionnaire import Questionnaire

spanish = [{"url": "lang", "valueCode": "es"}, {"url": "content", "valueString": "¿Qué resultado se espera?"}]
translation = {"url": "http://hl7.org/fhir/StructureDefinition/translation", "extension": spanish}
question = {"linkId": "goal", "type": "string", "text": "What result is hoped for?"}
form = {"resourceType": "Questionnaire", "status": "active"}

read = {**form, "item": [{**question, "_text": {"extension": [translation]}}]}
print("read", spanish[1]["valueString"])
print("written", Questionnaire(read).as_json()["item"][0].get("_text"))
try:
    Questionnaire({**form, "item": [{**question, "textt": "What?"}]})
except FHIRValidationError:
    print("textt refused")
END
cat >"$folder/wanted" <<'END'
read ¿Qué resultado se espera?
written None
textt refused
END

"$folder/env/bin/python" "$folder/form.py" >"$folder/seen" 2>"$folder/noise" || cat "$folder/noise"
if ! diff "$folder/wanted" "$folder/seen"; then
    echo 'changed: see the lines above, < as found, > as now'
    exit 1
fi
echo 'as found: the Spanish words of a question are gone'
