#!/bin/sh
# ics 0.7.3 (ics.py) with icalendar 7.3.2 and recurring-ical-events 3.8.2. Seen on 2026-12-01 with Python 3.11.7 on
# Debian.
#
# Input: an iCalendar with one session, which says nothing of its scale, as most do: it is then Gregorian. A program
# reads it, and writes it again.
# Guessed: no CALSCALE, or CALSCALE:GREGORIAN, the only value that RFC 5545 defines.
# Seen: CALSCALE:GEORGIAN, and recurring-ical-events, which asks for the value, lists no session of such a calendar. One
# that came with GREGORIAN keeps it, and one that ics has made anew says nothing, so that tests on these are no help.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check \
    ics==0.7.3 icalendar==7.3.2 recurring-ical-events==3.8.2 x-wr-timezone==2.0.1 tatsu==5.15.1

cat >"$folder/ask.py" <<'END'
import icalendar
import recurring_ical_events
from ics import Calendar

session = ["BEGIN:VEVENT", "UID:1", "DTSTAMP:20260101T000000Z", "DTSTART:20261130T100000Z", "END:VEVENT"]
for scale in [], ["CALSCALE:GREGORIAN"]:
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:clinic", *scale]
    written = Calendar("\r\n".join([*head, *session, "END:VCALENDAR", ""])).serialize()
    print("read:", scale, "written:", [line for line in written.splitlines() if "CALSCALE" in line])
    try:
        print(len(recurring_ical_events.of(icalendar.Calendar.from_ical(written)).at(2026)), "session")
    except ValueError as error:
        print(error)
END
cat >"$folder/wanted" <<'END'
read: [] written: ['CALSCALE:GEORGIAN']
Only Gregorian calendars are supported.
read: ['CALSCALE:GREGORIAN'] written: ['CALSCALE:GREGORIAN']
1 session
END

PYTHONUTF8=1 "$folder/env/bin/python" "$folder/ask.py" >"$folder/seen" 2>"$folder/noise" || cat "$folder/noise"
if ! diff "$folder/wanted" "$folder/seen"; then
    echo 'changed: see the lines above, < as found, > as now'
    exit 1
fi
echo 'as found: a calendar read by ics is Georgian'
