#!/bin/sh
# word2number 1.1. Seen on 2026-11-30 with Python 3.11.7 on Debian.
#
# Input: what clients and leads write about sessions in words, read by word_to_num.
# Guessed: an error for two numbers, as for "thousand thousand", which is refused as redundant; or the first one. Words
# that are none are passed over, so "seven point five joules" is 7.5.
# Seen: all numbers in the text are added up, and a half is passed over:
#     four to six weeks                 10
#     four or five                      9
#     six sessions every four weeks     10
#     one and a half                    1
# So an interval of four to six weeks is ten, and stays plausible.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check word2number==1.1

cat >"$folder/words.py" <<'END'
from word2number.w2n import word_to_num

for text in (
    "seven point five joules",
    "four to six weeks",
    "four or five",
    "six sessions every four weeks",
    "one and a half",
):
    print(text, "->", word_to_num(text))
END
cat >"$folder/wanted" <<'END'
seven point five joules -> 7.5
four to six weeks -> 10
four or five -> 9
six sessions every four weeks -> 10
one and a half -> 1
END

"$folder/env/bin/python" "$folder/words.py" >"$folder/seen" 2>&1 || true
if ! diff "$folder/wanted" "$folder/seen"; then
    echo 'changed: see the lines above, < as found, > as now'
    exit 1
fi
echo 'as found: four to six weeks are ten'
