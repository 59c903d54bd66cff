#!/bin/sh
# npm package json-logic-engine 5.0.7. Seen on 2026-11-30 with Node 20.20.2 on Debian.
#
# Input: a rule that is careful where a safety question was not asked: {"var": ["pih_history", true]}, "true unless
# answered". The form sends null for a question without an answer.
# Guessed: whichever way null is taken, run() and build() take it alike; build() is there to be faster.
# Seen: interpreted, the default is for members that are missing; compiled, for null as well:
#                           run()           build()
#     {}                    review          review
#     {pih_history: null}   one session     review
# So what the tests of an interpreted rule show is not what the compiled one does, and the other way round.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund json-logic-engine@5.0.7

cat >decide.mjs <<'END'
import {LogicEngine} from 'json-logic-engine';

const engine = new LogicEngine();
const rule = {if: [{var: ['pih_history', true]}, 'review', 'one session']};
for (const answers of [{}, {pih_history: false}, {pih_history: null}])
    console.log(JSON.stringify(answers), '|', engine.run(rule, answers), '|', engine.build(rule)(answers));
END
cat >wanted <<'END'
{} | review | review
{"pih_history":false} | one session | one session
{"pih_history":null} | one session | review
END

node decide.mjs >seen 2>&1 || true
if ! diff wanted seen; then
    echo 'changed: see the lines above, < as found, > as now'
    exit 1
fi
echo 'as found: null is "one session" interpreted, and "review" compiled'
