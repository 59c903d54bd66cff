#!/bin/sh
# @medplum/core 4.5.2, and the same with 5.2.13. Seen on 2026-11-30 with Node 20.20.2 on Debian.
#
# Input: the pulse and the fluence of a session, and FHIRPath that asks whether the pulse is shorter than a nanosecond:
# 450 'ps' < 1 'ns'
# Guessed: true, as FHIRPath asks for where the units are of one kind; or nothing, as for values that can't be compared.
# Seen: the numbers are compared, and the units are not looked at, nor what they measure:
#     450 'ps' < 1 'ns'              false
#     450 'ps' = 450 'ns'            true
#     7.5 'J/cm2' > 7000 'mJ/cm2'    false
#     7.5 'J/cm2' > 7 's'            true
# So a rule for picosecond lasers holds for none of them, and a limit in mJ/cm2 lets every fluence in J/cm2 pass.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund @medplum/core@4.5.2

cat >compare.mjs <<'END'
import {evalFhirPath} from '@medplum/core';

const quantity = (value, code) => ({value, unit: code, code, system: 'http://unitsofmeasure.org'});
const session = {
    resourceType: 'Observation',
    component: [
        {id: 'pulse', valueQuantity: quantity(450, 'ps')},
        {id: 'fluence', valueQuantity: quantity(7.5, 'J/cm2')},
    ],
};
for (const asked of [
    "450 'ps' < 1 'ns'",
    "component.where(id = 'pulse').value < 1 'ns'",
    "component.where(id = 'fluence').value > 7 'J/cm2'",
    "component.where(id = 'fluence').value > 7000 'mJ/cm2'",
    "component.where(id = 'fluence').value > 7 's'",
    "450 'ps' = 450 'ns'",
])
    console.log(asked, '->', ...evalFhirPath(asked, session));
END
cat >wanted <<'END'
450 'ps' < 1 'ns' -> false
component.where(id = 'pulse').value < 1 'ns' -> false
component.where(id = 'fluence').value > 7 'J/cm2' -> true
component.where(id = 'fluence').value > 7000 'mJ/cm2' -> false
component.where(id = 'fluence').value > 7 's' -> true
450 'ps' = 450 'ns' -> true
END

node compare.mjs >seen 2>&1 || true
if ! diff wanted seen; then
    echo 'changed: see the lines above, < as found, > as now'
    exit 1
fi
echo 'as found: 450 ps is not less than 1 ns'
