#!/bin/sh
# @microsoft/recognizers-text-suite 1.3.1. Seen on 2026-12-01 with Node 20.20.2 on Debian.
#
# Input: when to come back in Chinese, said on 30 November: 半年后, in half a year.
# Guessed: 2027-05-30, as for 六个月后, in six months; 半 is known as 0.5 by the same package's recognizeNumber.
# Seen: the day itself, and for half a year ago, too:
#     六个月后    2027-05-30
#     半年后      2026-11-30
#     半年前      2026-11-30
# A check whether half a year has passed is so always met. The package for Python, 1.0.2a2, says a whole year: 2027-11-30.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund @microsoft/recognizers-text-suite@1.3.1

cat >ask.cjs <<'END'
const {recognizeDateTime, recognizeNumber} = require('@microsoft/recognizers-text-suite');

console.log('半 ->', ...recognizeNumber('半', 'zh-cn').map(({resolution}) => resolution.value));
for (const text of ['两周后', '六个月后', '半年后', '半年前']) {
    const found = recognizeDateTime(text, 'zh-cn', 0, new Date(2026, 10, 30, 12));
    console.log(text, '->', ...found.flatMap(({resolution}) => resolution.values.map(({value}) => value)));
}
END
cat >wanted <<'END'
半 -> 0.5
两周后 -> 2026-12-14
六个月后 -> 2027-05-30
半年后 -> 2026-11-30
半年前 -> 2026-11-30
END

node ask.cjs >seen 2>&1 || true
if ! diff wanted seen; then
    echo 'changed: see the lines above, < as found, > as now'
    exit 1
fi
echo 'as found: in half a year is today'
