#!/bin/sh
# shipping_quote: says what it costs to send a parcel, and how long it takes.
#
# Nothing but what every Unix has: no jq, no bash. Try it:
#
#   echo '{"country":"France","weight_kg":2.5}' | tools/shipping_quote.sh

# The arguments are one line of JSON. `parameters` in the agent file allows five countries and a number, so that two
# simple patterns can read them. For free text take a language with a JSON reader, or jq.
IFS= read -r arguments
country=$(printf '%s\n' "$arguments" | sed -n 's/.*"country"[[:space:]]*:[[:space:]]*"\([A-Za-z ]*\)".*/\1/p')
weight=$(printf '%s\n' "$arguments" | sed -n 's/.*"weight_kg"[[:space:]]*:[[:space:]]*\([0-9.eE+-]*\).*/\1/p')

case $country in
  Germany) base=4.90 per_kg=0.50 days='1 to 2' ;;
  Austria | France) base=9.90 per_kg=1.20 days='2 to 4' ;;
  Switzerland) base=14.90 per_kg=1.80 days='3 to 5' ;;
  'United Kingdom') base=16.90 per_kg=2.10 days='4 to 7' ;;
  *)
    # The last line of standard error is what the agent is told. Exit code 65: the arguments will not do.
    echo "we do not ship to '$country'" >&2
    exit 65
    ;;
esac

if [ -z "$weight" ]; then
  echo 'weight_kg is missing' >&2
  exit 65
fi

LC_ALL=C awk -v base="$base" -v per_kg="$per_kg" -v weight="$weight" -v country="$country" -v days="$days" \
  'BEGIN { printf "%.2f euros to %s, %s working days.\n", base + per_kg * weight, country, days }'
