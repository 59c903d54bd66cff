#!/bin/sh
# ruamel.yaml 0.19.1. Seen on 2026-11-30 with Python 3.11.7 on Debian.
#
# Input: a rule in braces, on one line, with a key of two words: {id: toxin, advise: ..., defer weeks: 2}.
# Guessed: YAML(), which is made for round trips, writes what it reads again as the same data, wherever it folds the
# line. PyYAML, from which it comes, never breaks a key.
# Seen: where the key crosses column 80, it is broken like a text. YAML 1.2 has room for that in braces, but:
#     - {id: toxin, advise: After botulinum toxin the skin needs some more time, defer
#         weeks: 2}
#     ruamel.yaml: ParserError    PyYAML: ParserError    PyYAML with libyaml: ParserError
# A text some letters shorter or longer is written so that it is read again. A script that only wanted to set a number
# makes a file that nothing can read, on the day that somebody adds a word to another text of the row.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check ruamel.yaml==0.19.1 pyyaml==6.0.3

cat >"$folder/read.py" <<'END'
import io

import yaml
from ruamel.yaml import YAML

RULE = "rules:\n  - {id: toxin, advise: After botulinum toxin the skin needs %s, defer weeks: 2}\n"
READERS = {
    "ruamel.yaml": lambda text: YAML().load(text),
    "PyYAML": yaml.safe_load,
    "PyYAML with libyaml": lambda text: yaml.load(text, yaml.CSafeLoader),
}
for words in "time", "some more time", "some time before a laser":
    before = YAML().load(RULE % words)
    out = io.StringIO()
    YAML().dump(before, out)
    for name, load in READERS.items():
        try:
            seen = "the same" if load(out.getvalue()) == before else "something else"
        except Exception as error:
            seen = type(error).__name__
        print(f"{words}: {name}: {seen}")
END
cat >"$folder/wanted" <<'END'
time: ruamel.yaml: the same
time: PyYAML: the same
time: PyYAML with libyaml: the same
some more time: ruamel.yaml: ParserError
some more time: PyYAML: ParserError
some more time: PyYAML with libyaml: ParserError
some time before a laser: ruamel.yaml: the same
some time before a laser: PyYAML: the same
some time before a laser: PyYAML with libyaml: the same
END

"$folder/env/bin/python" "$folder/read.py" >"$folder/seen" 2>&1 || true
if ! diff "$folder/wanted" "$folder/seen"; then
    echo 'changed: see the lines above, < as found, > as now'
    exit 1
fi
echo 'as found: a key of two words that crosses column 80 is written so that it can not be read'
