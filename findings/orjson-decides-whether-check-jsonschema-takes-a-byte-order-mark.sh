#!/bin/sh
# check-jsonschema 0.39.0 and orjson 3.13.0. Seen on 2026-11-29 with Python 3.11.7 on Debian.
#
# Input: an assessment as JSON, saved by an editor that puts a UTF-8 byte-order mark first, as some on Windows do.
# RFC 8259 leaves it to each parser whether it passes over the mark.
# Guessed: check-jsonschema of one version says the same of one file, wherever it is installed.
# Seen: alone it takes the file. Where orjson is installed in the same environment, for whatever other package,
# it reads JSON with that, and refuses the file:
#     Failed to parse assessment.json
#       JSONDecodeError: UTF-8 byte order mark (BOM) is not supported: line 1 column 1 (char 0)
# So a hook may pass on a laptop and fail in CI with the same file and the same pinned check-jsonschema.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check check-jsonschema==0.39.0

printf '{"type": "object", "properties": {"phototype": {"enum": ["I", "II", "III"]}}}\n' >"$folder/schema.json"
printf '\357\273\277{"phototype": "II"}\n' >"$folder/assessment.json"

hold() {
    "$folder/env/bin/check-jsonschema" --schemafile "$folder/schema.json" "$folder/assessment.json" >"$folder/said" 2>&1
}

if ! hold; then
    echo 'changed: without orjson the file is refused, too'
    cat "$folder/said"
    exit 1
fi
"$folder/env/bin/pip" install --quiet --disable-pip-version-check orjson==3.13.0
if hold || ! grep -q 'UTF-8 byte order mark (BOM) is not supported' "$folder/said"; then
    echo 'changed: with orjson the file is taken, or refused for another reason'
    cat "$folder/said"
    exit 1
fi
echo 'as found: taken without orjson, refused with it'
