#!/bin/sh
# @microsoft/recognizers-text-suite 1.3.1. Seen on 2026-12-01 with Node 20.20.2 on Debian.
#
# Input: the size of a spot and of a lesion in Chinese, and a wavelength.
# Guessed: 4毫米 is 4 Millimeter, as 4 mm in English and Spanish; 毫米 is the everyday word for it.
# Seen: it is 4 Micrometer, and a square millimetre is a Micrometer without a number:
#     4毫米        4 Micrometer
#     4微米        4 Microns, which is the micrometre
#     4平方毫米    null Micrometer
#     4厘米        4 Centimeter
# Whoever converts by the unit has a spot a thousand times too small. The package for Python, 1.0.2a2, says it of 4毫米.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund @microsoft/recognizers-text-suite@1.3.1

cat >ask.cjs <<'END'
const {recognizeDimension} = require('@microsoft/recognizers-text-suite');

for (const [language, text] of [
    ['en-us', '4 mm'],
    ['es-es', '4 mm'],
    ['zh-cn', '4厘米'],
    ['zh-cn', '1064纳米'],
    ['zh-cn', '4毫米'],
    ['zh-cn', '4微米'],
    ['zh-cn', '4平方毫米'],
]) {
    const found = recognizeDimension(text, language);
    console.log(text, '->', ...found.map(({resolution}) => `${resolution.value} ${resolution.unit}`));
}
END
cat >wanted <<'END'
4 mm -> 4 Millimeter
4 mm -> 4 Milímetro
4厘米 -> 4 Centimeter
1064纳米 -> 1064 Nanometer
4毫米 -> 4 Micrometer
4微米 -> 4 Microns
4平方毫米 -> null Micrometer
END

node ask.cjs >seen 2>&1 || true
if ! diff wanted seen; then
    echo 'changed: see the lines above, < as found, > as now'
    exit 1
fi
echo 'as found: a millimetre in Chinese is a micrometre'
