#!/bin/sh
# Sends an event, takes it from the main inbox and acknowledges it, with nothing but curl.
#   TRIGGERS_API_KEY=… sh examples/send-and-consume.sh
set -eu
url=${TRIGGERS_URL:-http://127.0.0.1:8080}

post() { # path, body: prints the answer; a refusal goes to standard error and ends the script
  answer=$(curl --silent --show-error --fail-with-body -X POST "$url$1" \
    -H "Authorization: Bearer $TRIGGERS_API_KEY" -H "Content-Type: application/json" -d "$2") || {
    echo "$answer" >&2
    exit 1
  }
  echo "$answer"
}

field() { # name: its first value in the JSON that comes in
  sed -n "s/.*[{,]\"$1\":\"\([^\"]*\)\".*/\1/p" | head -n 1
}

sent=$(post /v1/events '{"type":"order.created","payload":{"order_id":"ord_1","amount":4999}}')
echo "stored $(echo "$sent" | field event_id)"

# One at a time: the answer has one token then.
leased=$(post /v1/inbox/lease '{"limit":1,"wait_seconds":5}')
echo "took $(echo "$leased" | field id)"

delivery=$(echo "$leased" | field delivery_id)
token=$(echo "$leased" | field lease_token)
settled=$(post /v1/inbox/ack "{\"deliveries\":[{\"delivery_id\":\"$delivery\",\"lease_token\":\"$token\"}]}")
echo "$settled" | field outcome
