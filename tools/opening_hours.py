#!/usr/bin/env python3
# opening_hours: says when the shop is open on one day of the week.
#
# Standard library only, so it runs wherever Python 3 is. Try it:
#
#   echo '{"day":"today"}' | tools/opening_hours.py

import datetime
import json
import sys

DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
HOURS = {"saturday": "10:00 to 16:00", "sunday": None}
ON_WEEKDAYS = "9:00 to 18:00"

day = json.load(sys.stdin)["day"]

# "today" follows the clock of the machine; set TZ where the runner starts, and the tool sees it.
ahead = {"today": 0, "tomorrow": 1}.get(day)
if ahead is not None:
    date = datetime.date.today() + datetime.timedelta(days=ahead)
    day = DAYS[date.weekday()]

hours = HOURS.get(day, ON_WEEKDAYS)

# Plain words do as well as JSON: the agent reads whatever is printed.
print(f"On {day.capitalize()} the shop is open from {hours}." if hours else f"On {day.capitalize()} the shop is closed.")
