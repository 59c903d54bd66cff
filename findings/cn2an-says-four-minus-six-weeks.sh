#!/bin/sh
# cn2an 0.5.24. Seen on 2026-11-30 with Python 3.11.7 on Debian.
#
# Input: lines of a letter to a client in Chinese, whose digits are turned into words by transform(text, "an2cn"), as it
# is done for what is read aloud.
# Guessed: "间隔4-6周", 4 to 6 weeks apart, becomes 四到六周, or keeps its hyphen, as 1-2个月 does in the documentation's
# example with direct=True. The date 2026年11月30日 and the fraction 1/2 are read well.
# Seen: a hyphen between two numbers is a minus:
#     间隔4-6周        间隔四负六周                   four minus six weeks apart
#     6-8次为一疗程    六负八次为一疗程               a course is six minus eight sessions
#     2026-11-30       二千零二十六负十一负三十       2026 minus 11 minus 30
# And read back by "cn2an", 四负六周 is 4-6周, so that a check by going there and back finds nothing.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check cn2an==0.5.24

cat >"$folder/letter.py" <<'END'
from cn2an import transform

for text in "每4周一次", "2026年11月30日", "1/2", "间隔4-6周", "6-8次为一疗程", "2026-11-30":
    spoken = transform(text, "an2cn")
    print(text, "->", spoken, "->", transform(spoken, "cn2an"))
print("1-2个月 ->", transform("1-2个月", "an2cn", direct=True))
END
cat >"$folder/wanted" <<'END'
每4周一次 -> 每四周一次 -> 每4周1次
2026年11月30日 -> 二零二六年十一月三十日 -> 2026年11月30日
1/2 -> 二分之一 -> 1/2
间隔4-6周 -> 间隔四负六周 -> 间隔4-6周
6-8次为一疗程 -> 六负八次为一疗程 -> 6-8次为1疗程
2026-11-30 -> 二千零二十六负十一负三十 -> 2026-11-30
1-2个月 -> 一-二个月
END

PYTHONUTF8=1 "$folder/env/bin/python" "$folder/letter.py" >"$folder/seen" 2>"$folder/noise" || cat "$folder/noise"
if ! diff "$folder/wanted" "$folder/seen"; then
    echo 'changed: see the lines above, < as found, > as now'
    exit 1
fi
echo 'as found: 4-6 weeks are four minus six weeks, in Chinese'
