#!/bin/sh
# num2words 0.5.14. Seen on 2026-11-30 with Python 3.11.7 on Debian.
#
# Input: a fluence in words, for a consent that is read aloud in the client's language: 7.05 and 7.5 (J/cm²).
# Guessed: two texts in each language, as in English: "seven point zero five" and "seven point five".
# Seen: in Persian and Bengali the zeros behind the point are dropped, and both are the same text:
#     7.05    fa: "seven and a half"    bn: "seven point five"
#     7.5     fa: "seven and a half"    bn: "seven point five"
#     7.25    fa: "seven and twenty-five hundredths"
# So 0.05 is "half" in Persian, ten times as much, and reading it back finds nothing wrong.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check num2words==0.5.14

cat >"$folder/words.py" <<'END'
from num2words import num2words

for language in "en", "de", "fa", "bn":
    words = {fluence: num2words(fluence, lang=language) for fluence in (7.5, 7.05, 7.005, 7.25)}
    same = [fluence for fluence in words if words[fluence] == words[7.5]]
    print(language, words[7.05], "| as 7.5:", *same)
print(num2words(0.05, lang="fa") == num2words(0.5, lang="fa"))
END
cat >"$folder/wanted" <<'END'
en seven point zero five | as 7.5: 7.5
de sieben Komma null fünf | as 7.5: 7.5
fa هفت و نیم | as 7.5: 7.5 7.05 7.005
bn সাত দশমিক পাঁচ | as 7.5: 7.5 7.05 7.005
True
END

"$folder/env/bin/python" "$folder/words.py" >"$folder/seen" 2>&1 || true
if ! diff "$folder/wanted" "$folder/seen"; then
    echo 'changed: see the lines above, < as found, > as now'
    exit 1
fi
echo 'as found: 7.05 is seven and a half'
