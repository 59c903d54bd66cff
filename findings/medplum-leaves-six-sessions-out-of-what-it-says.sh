#!/bin/sh
# @medplum/core 4.5.2, and the same with 5.2.13. Seen on 2026-11-30 with Node 20.20.2 on Debian.
#
# Input: plans as FHIR Timing: one session every 4 to 6 weeks, six in all, told to people by formatTiming.
# Guessed: "every 4 to 6 weeks, 6 times", or so; or nothing where it can't be said, as for a count alone, of which it
# makes an empty text. A Range of 4 to 6 weeks is told as "4 - 6 wk" by formatRange.
# Seen: how many, how long and the upper bounds are left out, and what is left reads as a whole plan:
#     every 4 to 6 weeks                 Once per 4 weeks
#     every 4 weeks, 6 times             Once per 4 weeks
#     every month, for 6 months          Monthly
#     once or twice a week               Weekly
# So a plan of six sessions is told as one without an end, and the shortest time between two as the time.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund @medplum/core@4.5.2

cat >say.mjs <<'END'
import {formatRange, formatTiming} from '@medplum/core';

const weeks = {frequency: 1, period: 4, periodUnit: 'wk'};
for (const repeat of [
    weeks,
    {...weeks, count: 6},
    {...weeks, periodMax: 6},
    {frequency: 1, period: 1, periodUnit: 'mo', boundsDuration: {value: 6, unit: 'mo'}},
    {frequency: 1, frequencyMax: 2, period: 1, periodUnit: 'wk'},
    {...weeks, dayOfWeek: ['tue']},
    {count: 6},
])
    console.log(JSON.stringify(repeat), '->', formatTiming({repeat}));
console.log(formatRange({low: {value: 4, unit: 'wk'}, high: {value: 6, unit: 'wk'}}));
END
cat >wanted <<'END'
{"frequency":1,"period":4,"periodUnit":"wk"} -> Once per 4 weeks
{"frequency":1,"period":4,"periodUnit":"wk","count":6} -> Once per 4 weeks
{"frequency":1,"period":4,"periodUnit":"wk","periodMax":6} -> Once per 4 weeks
{"frequency":1,"period":1,"periodUnit":"mo","boundsDuration":{"value":6,"unit":"mo"}} -> Monthly
{"frequency":1,"frequencyMax":2,"period":1,"periodUnit":"wk"} -> Weekly
{"frequency":1,"period":4,"periodUnit":"wk","dayOfWeek":["tue"]} -> Once per 4 weeks on Tue
{"count":6} -> 
4 - 6 wk
END

node say.mjs >seen 2>&1 || true
if ! diff wanted seen; then
    echo 'changed: see the lines above, < as found, > as now'
    exit 1
fi
echo 'as found: six sessions every 4 to 6 weeks are told as Once per 4 weeks'
