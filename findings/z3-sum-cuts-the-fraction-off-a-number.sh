#!/bin/sh
# z3-solver 5.4.1.0. Seen on 2026-11-30 with Python 3.11.7 on Debian.
#
# Input: the rows of a table that add up: a fluence of 7.5, and 1 less for dark skin. Shown is whether it can pass 7.
# Guessed: z3.Sum(a, b) is a + b, and so is Python's sum. z3 makes reals of whole numbers where it must: 7.5 + If(...)
# is real, and Int('n') <= 2.5 compares reals.
# Seen: Sum looks only at the terms that are z3's own. Are these whole, it makes whole numbers of the others, and cuts:
#     sum   15/2 + ToReal(If(dark, -1, 0))   sat
#     Sum   7 + If(dark, -1, 0)              unsat
# So with Sum it is proven that no client gets more than 7 J/cm², and whoever is not dark gets 7.5. Product cuts, too.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check z3-solver==5.4.1.0

cat >"$folder/prove.py" <<'END'
import z3

rows = [7.5, z3.If(z3.Bool("dark"), -1, 0)]
for name, total in ("sum", sum(rows)), ("Sum", z3.Sum(rows)):
    solver = z3.Solver()
    solver.add(total > 7)
    print(name, solver.check(), total)
END
cat >"$folder/wanted" <<'END'
sum sat 15/2 + ToReal(If(dark, -1, 0))
Sum unsat 7 + If(dark, -1, 0)
END

"$folder/env/bin/python" "$folder/prove.py" >"$folder/seen" 2>&1 || true
if ! diff "$folder/wanted" "$folder/seen"; then
    echo 'changed: see the lines above, < as found, > as now'
    exit 1
fi
echo 'as found: Sum proves that 7.5 is not more than 7'
