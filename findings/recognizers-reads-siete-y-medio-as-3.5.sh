#!/bin/sh
# @microsoft/recognizers-text-suite 1.3.1. Seen on 2026-12-01 with Node 20.20.2 on Debian.
#
# Input: fluences and numbers of weeks said in Spanish and French, with a half.
# Guessed: 7.5 for "siete y medio", seven and a half, as for the English words.
# Seen: the half is multiplied, not added:
#     siete y medio       3,5
#     cinco y medio       2,5
#     sept et demi        3,5
#     siete coma cinco    7,5
# So a client gets half of the fluence, or of the interval. The package for Python, 1.0.2a2, does the same.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund @microsoft/recognizers-text-suite@1.3.1

cat >ask.cjs <<'END'
const {recognizeNumber} = require('@microsoft/recognizers-text-suite');

for (const [language, text] of [
    ['en-us', 'seven and a half'],
    ['es-es', 'siete coma cinco'],
    ['es-es', 'siete y medio'],
    ['es-es', 'cinco y medio'],
    ['fr-fr', 'sept et demi'],
]) {
    console.log(text, '->', ...recognizeNumber(text, language).map(({resolution}) => resolution.value));
}
END
cat >wanted <<'END'
seven and a half -> 7.5
siete coma cinco -> 7,5
siete y medio -> 3,5
cinco y medio -> 2,5
sept et demi -> 3,5
END

node ask.cjs >seen 2>&1 || true
if ! diff wanted seen; then
    echo 'changed: see the lines above, < as found, > as now'
    exit 1
fi
echo 'as found: seven and a half is 3.5 in Spanish and French'
