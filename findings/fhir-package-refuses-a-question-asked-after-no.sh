#!/bin/sh
# npm package fhir 4.12.0. Seen on 2026-11-30 with Node 20.20.2 on Debian.
#
# Input: an R4 Questionnaire whose second question is shown where the first was answered "no": enableWhen with
# answerBoolean false. Beside it the same with true.
# Guessed: both are valid. The only difference is the value, and the specification lets it be either.
# Seen: the one with false has errors, the one with true has none:
#     Questionnaire.item[1].enableWhen[0].answer[x]: Missing property
# So it is for an answerInteger or answerDecimal of 0, an answerOption of 0, and an initial of false or 0: where FHIR
# demands a value of one of several types, it looks whether the value is truthy. Elsewhere not: "required": false is
# fine.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund fhir@4.12.0

cat >validate.js <<'END'
const {Fhir} = require('fhir');

for (const answer of [{answerBoolean: true}, {answerBoolean: false}, {answerInteger: 1}, {answerInteger: 0}]) {
    const {valid, messages} = new Fhir().validate({
        resourceType: 'Questionnaire',
        status: 'active',
        item: [
            {linkId: 'before', type: 'answerBoolean' in answer ? 'boolean' : 'integer', required: false},
            {linkId: 'which', type: 'string', enableWhen: [{question: 'before', operator: '=', ...answer}]},
        ],
    });
    const errors = messages.filter(({severity}) => severity === 'error');
    const said = new Set(errors.map(({location, message}) => `${location}: ${message}`));
    console.log(JSON.stringify(answer), valid, ...said);
}
END
cat >wanted <<'END'
{"answerBoolean":true} true
{"answerBoolean":false} false Questionnaire.item[1].enableWhen[0].answer[x]: Missing property
{"answerInteger":1} true
{"answerInteger":0} false Questionnaire.item[1].enableWhen[0].answer[x]: Missing property
END

node validate.js >seen 2>&1 || true
if ! diff wanted seen; then
    echo 'changed: see the lines above, < as found, > as now'
    exit 1
fi
echo 'as found: a condition on false or 0 is called missing'
