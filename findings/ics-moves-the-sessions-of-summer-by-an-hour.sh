#!/bin/sh
# ics 0.7.3 (ics.py), read back with icalendar 7.3.2 and recurring-ical-events 3.8.2. Seen on 2026-12-01 with Python
# 3.11.7 on Debian.
#
# Input: an iCalendar of six sessions every 4 weeks at 10:00 in Madrid, the fourth of them, 25 May, taken out by EXDATE.
# A program reads it, and writes it again.
# Guessed: the same sessions; or a calendar without the rule, which ics has no notion of.
# Seen: the start is written in UTC, and the rule and the exception stay as they were:
#     before    DTSTART;TZID=Europe/Madrid:20260302T100000    five sessions, all at 10:00
#     after     DTSTART:20260302T090000Z                      six sessions, those from 30 March at 11:00
# The hour moves with the clocks, so that the exception meets nothing: the cancelled session is on again. (The name of
# the calendar, which ics misspells, is mended before it is read back.)
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check \
    ics==0.7.3 icalendar==7.3.2 recurring-ical-events==3.8.2 x-wr-timezone==2.0.1 tatsu==5.15.1

cat >"$folder/ask.py" <<'END'
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events
from ics import Calendar

text = "\r\n".join([
    "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:clinic",
    "BEGIN:VTIMEZONE", "TZID:Europe/Madrid",
    "BEGIN:STANDARD", "DTSTART:19701025T030000", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
    "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100", "END:STANDARD",
    "BEGIN:DAYLIGHT", "DTSTART:19700329T020000", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
    "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200", "END:DAYLIGHT", "END:VTIMEZONE",
    "BEGIN:VEVENT", "UID:1", "DTSTAMP:20260101T000000Z", "SUMMARY:Session",
    "DTSTART;TZID=Europe/Madrid:20260302T100000", "DURATION:PT45M",
    "RRULE:FREQ=WEEKLY;INTERVAL=4;COUNT=6", "EXDATE;TZID=Europe/Madrid:20260525T100000",
    "END:VEVENT", "END:VCALENDAR", "",
])

written = Calendar(text).serialize().replace("CALSCALE:GEORGIAN", "CALSCALE:GREGORIAN")
for name, calendar in ("before", text), ("after", written):
    print(name, "->", *(line for line in calendar.splitlines() if "DTSTART" in line and "2026" in line))
    sessions = recurring_ical_events.of(icalendar.Calendar.from_ical(calendar)).between((2026, 1, 1), (2027, 1, 1))
    print(*(session.start.astimezone(ZoneInfo("Europe/Madrid")).strftime("%d.%m. %H:%M") for session in sessions))
END
cat >"$folder/wanted" <<'END'
before -> DTSTART;TZID=Europe/Madrid:20260302T100000
02.03. 10:00 30.03. 10:00 27.04. 10:00 22.06. 10:00 20.07. 10:00
after -> DTSTART:20260302T090000Z
02.03. 10:00 30.03. 11:00 27.04. 11:00 25.05. 11:00 22.06. 11:00 20.07. 11:00
END

PYTHONUTF8=1 "$folder/env/bin/python" "$folder/ask.py" >"$folder/seen" 2>"$folder/noise" || cat "$folder/noise"
if ! diff "$folder/wanted" "$folder/seen"; then
    echo 'changed: see the lines above, < as found, > as now'
    exit 1
fi
echo 'as found: the sessions after the clocks change are an hour later, and the cancelled one is on'
