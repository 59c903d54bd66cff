#!/bin/sh
# @microsoft/recognizers-text-suite 1.3.1. Seen on 2026-12-01 with Node 20.20.2 on Debian.
#
# Input: answers in words to a yes-or-no question of a consultation, read by recognizeBoolean.
# Guessed: nothing for "not sure", or false: "not" is known, for "not ok" is false.
# Seen: true, and with a score above a half:
#     not sure          true
#     I'm not sure      true
#     not ok            false
#     absolutely not    nothing
# "Is the tan gone?" "Not sure." is a yes. That an unclear answer has no value of its own is as one would think.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund @microsoft/recognizers-text-suite@1.3.1

cat >ask.cjs <<'END'
const {recognizeBoolean} = require('@microsoft/recognizers-text-suite');

for (const text of ['sure', 'not ok', 'absolutely not', 'not sure', "I'm not sure", 'I am not so sure']) {
    const found = recognizeBoolean(text, 'en-us');
    console.log(text, '->', ...found.map(({resolution: {value, score}}) => `${value} ${score > 0.5}`));
}
END
cat >wanted <<'END'
sure -> true true
not ok -> false true
absolutely not ->
not sure -> true true
I'm not sure -> true true
I am not so sure -> true true
END

node ask.cjs >seen 2>&1 || true
if ! diff wanted seen; then
    echo 'changed: see the lines above, < as found, > as now'
    exit 1
fi
echo 'as found: not sure is a yes'
