#!/bin/sh
# npm package rrule 2.8.1. Seen on 2026-11-30 with Node 20.20.2 on Debian.
#
# Input: plans as they stand in letters, read by RRule.fromText: "every 4 weeks for 24 weeks".
# Guessed: six sessions, until 24 weeks are over; or an error, as for "every four weeks". "for 6 times" is a count.
# Seen: any number after "for" is the count, whatever is counted, and what follows a comma or is not known is dropped:
#     every 4 weeks for 24 weeks     COUNT=24     24 sessions, the last one 21 months later
#     every 4 weeks for 1 year       COUNT=1      one session
#     every 4 weeks, 6 times         without an end
# toText() of the first is "every 4 weeks for 24 times", so whoever reads the rule back to the clinic sees it.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund rrule@2.8.1

cat >plan.mjs <<'END'
import rrule from 'rrule';

const start = new Date('2026-11-30T10:00:00Z');
for (const text of [
    'every 4 weeks for 6 times',
    'every 4 weeks for 24 weeks',
    'every 4 weeks for 1 year',
    'every 4 weeks, 6 times',
    'every four weeks',
]) {
    try {
        const {count} = rrule.RRule.parseText(text);
        const rule = new rrule.RRule({...rrule.RRule.parseText(text), dtstart: start});
        const days = rule.all((_, n) => n < 100).map((day) => day.toISOString().slice(0, 10));
        console.log(text, '->', days.length < 100 ? `${days.length}, until ${days.at(-1)}` : 'without an end', count);
    } catch (error) {
        console.log(text, '->', error.message);
    }
}
END
cat >wanted <<'END'
every 4 weeks for 6 times -> 6, until 2027-04-19 6
every 4 weeks for 24 weeks -> 24, until 2028-09-04 24
every 4 weeks for 1 year -> 1, until 2026-11-30 1
every 4 weeks, 6 times -> without an end undefined
every four weeks -> Unexpected end
END

node plan.mjs >seen 2>&1 || true
if ! diff wanted seen; then
    echo 'changed: see the lines above, < as found, > as now'
    exit 1
fi
echo 'as found: 24 sessions for 24 weeks, and one for a year'
