#!/bin/sh
# yaml-sort 0.2.1 (of PyPI). Seen on 2026-11-30 with Python 3.11.7 on Debian.
#
# Input: questions of a laser clinic, with a blank line below the key "inputs", as people set off a long list.
# Guessed: the same questions, in the order of the alphabet. Its summary says that it sorts mapping keys "while
# preserving comments and byte-for-byte formatting", to be run by a hook before each commit.
# Seen: every question is gone, and what is left is "inputs:". The command says "sorted" and ends with 0; its --check
# finds the emptied file in order. Without the blank line the questions are all there.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check yaml-sort==0.2.1

for name in with without; do
    {
        echo 'inputs:'
        [ "$name" = without ] || echo
        echo '  pregnant: {label: "Pregnant?", kind: yes or no, must ask: true}'
        echo '  gold_therapy: {label: "Gold therapy now or ever?", kind: yes or no, must ask: true}'
    } >"$folder/$name.yaml"
done
cat >"$folder/wanted" <<'END'
with a blank line: ends with 0, 0 questions; --check ends with 0
without a blank line: ends with 0, 2 questions; --check ends with 0
END

for name in with without; do
    file="$folder/$name.yaml"
    ended=0
    "$folder/env/bin/yaml-sort" "$file" >/dev/null 2>&1 || ended=$?
    checked=0
    "$folder/env/bin/yaml-sort" --check "$file" >/dev/null 2>&1 || checked=$?
    questions=$(grep -c 'must ask' "$file" || true)
    echo "$name a blank line: ends with $ended, $questions questions; --check ends with $checked"
done >"$folder/seen"
if ! diff "$folder/wanted" "$folder/seen"; then
    echo 'changed: see the lines above, < as found, > as now'
    exit 1
fi
echo 'as found: what stands below a blank line is deleted, and the command says that it sorted'
