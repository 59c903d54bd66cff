#!/bin/sh
# npm package cql-execution 3.3.2. Seen on 2026-11-30 with Node 20.20.2 on Debian.
#
# Input: texts from a form, made into values by CQL, here as the ELM that a translator makes of it:
# ToInteger('18 months'), ToQuantity('4 weeks'), ToDecimal('7,5').
# Guessed: null for each, as CQL says for a text that is not written as the type is; or 4 weeks, as CQL writes it
# itself. ToBoolean, ToDate and ToInteger('II') give null.
# Seen: what begins with a number is that number, and the unit is gone:
#     ToInteger('18 months')        18
#     ToQuantity('4 weeks')         4 ''
#     ToQuantity('4 \'wk\'')        4 'wk'
#     ToDecimal('7,5')              7
# So 18 months are old enough where 18 years are asked for, and half a joule is lost wherever a comma is written.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund cql-execution@3.3.2

cat >read.mjs <<'END'
import cql from 'cql-execution';

const text = (value) => ({type: 'Literal', valueType: '{urn:hl7-org:elm-types:r1}String', value});
const asked = [
    ['ToInteger', 'II'],
    ['ToInteger', '18 months'],
    ['ToInteger', '4-6'],
    ['ToDecimal', '7,5'],
    ['ToQuantity', "4 'wk'"],
    ['ToQuantity', '4 weeks'],
    ['ToBoolean', 'not sure'],
    ['ToDate', '30.11.2026'],
];
const def = asked.map(([type, value], n) => (
    {name: `r${n}`, context: 'Unfiltered', expression: {type, operand: text(value)}}
));
const elm = {identifier: {id: 'form', version: '1'}, schemaIdentifier: {id: 'urn:hl7-org:elm', version: 'r1'}};
const library = new cql.Library({library: {...elm, usings: {def: []}, statements: {def}}});
const {unfilteredResults} = await new cql.Executor(library).exec(new cql.PatientSource([]));
for (const [n, [type, value]] of asked.entries())
    console.log(`${type}(${value})`, '->', String(unfilteredResults[`r${n}`]));
END
cat >wanted <<'END'
ToInteger(II) -> null
ToInteger(18 months) -> 18
ToInteger(4-6) -> 4
ToDecimal(7,5) -> 7
ToQuantity(4 'wk') -> 4 'wk'
ToQuantity(4 weeks) -> 4 ''
ToBoolean(not sure) -> null
ToDate(30.11.2026) -> null
END

node read.mjs >seen 2>&1 || true
if ! diff wanted seen; then
    echo 'changed: see the lines above, < as found, > as now'
    exit 1
fi
echo 'as found: 18 months are 18, and 4 weeks are 4'
