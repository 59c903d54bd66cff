#!/bin/sh
# humanize 4.17.0. Seen on 2026-12-01 with Python 3.11.7 on Debian.
#
# Input: the time since the last session and until the next one, 8 and 12 weeks, for a client who reads Chinese.
# Guessed: 2个月前 and 3个月后, two months ago and in three months. Hours and days are right: 3小时, 3天.
# Seen: the measure word 个 is missing, and without it a number and 月 are a month of the year:
#     8 weeks ago    2月之前    before February
#     in 12 weeks    3月之后    after March
#     second         2第        for 第2
# So it is a date, and a plausible one. It is the same in Cantonese (zh_HK), and right in Japanese.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check humanize==4.17.0

cat >"$folder/ask.py" <<'END'
from datetime import timedelta

import humanize

for locale in "zh_CN", "zh_HK", "ja_JP":
    humanize.i18n.activate(locale)
    print(locale, "8 weeks ago ->", humanize.naturaltime(timedelta(weeks=8)))
    print(locale, "in 12 weeks ->", humanize.naturaltime(-timedelta(weeks=12)))
    print(locale, "second ->", humanize.ordinal(2))
END
cat >"$folder/wanted" <<'END'
zh_CN 8 weeks ago -> 2月之前
zh_CN in 12 weeks -> 3月之后
zh_CN second -> 2第
zh_HK 8 weeks ago -> 2 月 之前
zh_HK in 12 weeks -> 3 月 之後
zh_HK second -> 2第
ja_JP 8 weeks ago -> 2ヶ月前
ja_JP in 12 weeks -> 3ヶ月後
ja_JP second -> 2番目
END

PYTHONUTF8=1 "$folder/env/bin/python" "$folder/ask.py" >"$folder/seen" 2>"$folder/noise" || cat "$folder/noise"
if ! diff "$folder/wanted" "$folder/seen"; then
    echo 'changed: see the lines above, < as found, > as now'
    exit 1
fi
echo 'as found: two months ago is before February, in Chinese'
