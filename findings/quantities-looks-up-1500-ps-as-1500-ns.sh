#!/bin/sh
# quantities 0.16.4 with numpy 2.3.5. Seen on 2026-12-01 with Python 3.11.7 on Debian.
#
# Input: a table of fluences by pulse duration, in nanoseconds, and a device that tells its pulse as 1500 ps. numpy
# interpolates the fluence, and finds the row.
# Guessed: 5.5, between 1 and 2 ns; or the error that numpy.maximum gives for ps and ns: quantities must have identical
# units. "<" converts, too.
# Seen: numpy.interp, searchsorted and digitize take the bare numbers:
#     interp(1500 ps)                  7.0    the fluence of the longest pulse
#     interp(1500 ps, told in ns)      5.5
#     searchsorted(1500 ps)            3      behind the last row
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check quantities==0.16.4 numpy==2.3.5

cat >"$folder/ask.py" <<'END'
import numpy
from quantities import Quantity

told = Quantity(1500, "ps")
pulses = Quantity([1, 2, 3], "ns")
fluences = [5.0, 6.0, 7.0]
print("shorter than 2 ns ->", told < Quantity(2, "ns"))
try:
    print("maximum ->", numpy.maximum(told, pulses))
except ValueError as error:
    print("maximum ->", error)
print("interp ->", float(numpy.interp(told, pulses, fluences)))
print("interp, told in ns ->", float(numpy.interp(told.rescale("ns"), pulses, fluences)))
print("searchsorted ->", int(numpy.searchsorted(pulses, told)))
print("digitize ->", int(numpy.digitize(told, pulses)))
END
cat >"$folder/wanted" <<'END'
shorter than 2 ns -> True
maximum -> quantities must have identical units, got "1.0 ps" and "1.0 ns"
interp -> 7.0
interp, told in ns -> 5.5
searchsorted -> 3
digitize -> 3
END

PYTHONUTF8=1 "$folder/env/bin/python" "$folder/ask.py" >"$folder/seen" 2>"$folder/noise" || cat "$folder/noise"
if ! diff "$folder/wanted" "$folder/seen"; then
    echo 'changed: see the lines above, < as found, > as now'
    exit 1
fi
echo 'as found: 1500 ps are longer than 3 ns to numpy.interp'
