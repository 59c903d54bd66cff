#!/bin/sh
# statsmodels 0.15.0 with pandas 2.3.3. Seen on 2026-11-30 with Python 3.11.7 on Debian.
#
# Input: how many clients of each skin type responded, and how many there were, both by value_counts of pandas, which
# puts the largest group first.
# Guessed: the interval of each skin type, by its label, as in responded / treated; or an error where the labels are in
# another order. The documentation says that both may be pandas, and that "the index is taken from count".
# Seen: the numbers are divided by place, and only then labelled:
#     skin type    responded of treated    rate    interval (Wilson)
#     II           9 of 10                 0.9     0.258 to 0.658
#     III          3 of 6                  0.5     0.108 to 0.603
#     IV           2 of 20                 0.1     0.097 to 0.7
# So the interval of II leaves out its own rate. It is right where both happen to be in the same order.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check statsmodels==0.15.0 pandas==2.3.3

cat >"$folder/rates.py" <<'END'
import pandas
from statsmodels.stats.proportion import proportion_confint

clients = pandas.DataFrame(
    [("II", n < 9) for n in range(10)]
    + [("III", n < 3) for n in range(6)]
    + [("IV", n < 2) for n in range(20)],
    columns=["skin_type", "responded"],
)
treated = clients["skin_type"].value_counts()
responded = clients.loc[clients["responded"], "skin_type"].value_counts()
for name, of in ("as counted", treated), ("by label", treated.reindex(responded.index)):
    low, high = proportion_confint(responded, of, method="wilson")
    for skin_type, rate in (responded / treated).items():
        print(name, skin_type, rate, round(low[skin_type], 3), round(high[skin_type], 3))
END
cat >"$folder/wanted" <<'END'
as counted II 0.9 0.258 0.658
as counted III 0.5 0.108 0.603
as counted IV 0.1 0.097 0.7
by label II 0.9 0.596 0.982
by label III 0.5 0.188 0.812
by label IV 0.1 0.028 0.301
END

"$folder/env/bin/python" "$folder/rates.py" >"$folder/seen" 2>&1 || true
if ! diff "$folder/wanted" "$folder/seen"; then
    echo 'changed: see the lines above, < as found, > as now'
    exit 1
fi
echo 'as found: the interval of skin type II is that of 9 of 20, not of 9 of 10'
