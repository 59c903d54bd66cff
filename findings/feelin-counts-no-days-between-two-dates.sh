#!/bin/sh
# @bpmn-io/feelin 6.1.1. Seen on 2026-11-30 with Node 20.20.2 on Debian.
#
# Input: FEEL for the time since the last session, of 2 and of 30 November: (today - last).days
# Guessed: 28. In FEEL a date less a date is a days and time duration, and .days is its days.
# Seen: 0, without a warning. The difference is kept as seconds alone, PT2419200S, and .days only looks what was
# written. The two durations are equal, and yet:
#     (today - last) = duration("P28D")   true
#     duration("P28D").days               28
#     (today - last).days                 0
# A rule that waits for (today - last).days >= 28 waits for ever, one that stops at < 28 always stops. Comparing with a
# duration, or dividing by duration("P1D"), is right.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund @bpmn-io/feelin@6.1.1

cat >days.mjs <<'END'
import {evaluate} from '@bpmn-io/feelin';

const context = evaluate('{today: date("2026-11-30"), last: date("2026-11-02")}').value;
for (const what of [
    '(today - last) = duration("P28D")',
    'duration("P28D").days',
    '(today - last) / duration("P1D")',
    '(today - last).days',
]) {
    const {value, warnings} = evaluate(what, context);
    console.log(what, '->', value, ...warnings.map(({message}) => message));
}
END
cat >wanted <<'END'
(today - last) = duration("P28D") -> true
duration("P28D").days -> 28
(today - last) / duration("P1D") -> 28
(today - last).days -> 0
END

node days.mjs >seen 2>&1 || true
if ! diff wanted seen; then
    echo 'changed: see the lines above, < as found, > as now'
    exit 1
fi
echo 'as found: no days between two dates four weeks apart'
