#!/bin/sh
# @atomic-ehr/fhirpath 0.1.4. Seen on 2026-11-30 with Node 20.20.2 on Debian.
#
# Input: the day of the last session, from the answers of a form (FHIR QuestionnaireResponse), and FHIRPath for the
# first day of the next one: answer.value + 4 weeks
# Guessed: 2026-11-30, as for the same date written into the expression, and as that engine says that the value is a
# Date; or else an error, as for '2026-11-02' + 4 weeks.
# Seen: the weeks are dropped without a word, also after toDate():
#     @2026-11-02 + 4 weeks               @2026-11-30
#     answer.value is Date                true
#     answer.value + 4 weeks              2026-11-02
#     answer.value.toDate() + 4 weeks     2026-11-02
# So "not before four weeks after the last session" holds on the day after it.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund @atomic-ehr/fhirpath@0.1.4

cat >asked.mjs <<'END'
import {evaluate} from '@atomic-ehr/fhirpath';

const input = {
    resourceType: 'QuestionnaireResponse',
    authored: '2026-11-03',
    item: [{linkId: 'last-session', answer: [{valueDate: '2026-11-02'}]}],
};
const last = "item.where(linkId = 'last-session').answer.value";
for (const asked of [
    '@2026-11-02 + 4 weeks',
    `${last} is Date`,
    `${last} + 4 weeks`,
    `${last}.toDate() + 4 weeks`,
    `authored >= ${last} + 4 weeks`,
])
    console.log(asked.replace(last, 'last'), '->', ...(await evaluate(asked, {input})).map(String));
END
cat >wanted <<'END'
@2026-11-02 + 4 weeks -> @2026-11-30
last is Date -> true
last + 4 weeks -> 2026-11-02
last.toDate() + 4 weeks -> 2026-11-02
authored >= last + 4 weeks -> true
END

node asked.mjs >seen 2>&1 || true
if ! diff wanted seen; then
    echo 'changed: see the lines above, < as found, > as now'
    exit 1
fi
echo 'as found: four weeks after the last session is the day of the last session'
