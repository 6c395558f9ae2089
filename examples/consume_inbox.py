"""Takes events from an inbox with nothing but Python's standard library, works on them, and says what became of each.

TRIGGERS_API_KEY=… python3 examples/consume_inbox.py [inbox]

Ctrl-C ends it. What was in hand comes again when its lease ends.
"""

import json
import os
import sys
import time
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

URL = os.environ.get("TRIGGERS_URL", "http://127.0.0.1:8080")
INBOX = sys.argv[1] if len(sys.argv) > 1 else "main"
RETRY_SECONDS = 5


def work(event: dict, attempt: int) -> None:
    """Put your work here. An event may come again, so doing it twice must do no harm."""
    print(f"{event['type'] or 'event'} {event['id']}, attempt {attempt}: {json.dumps(event['payload'])}", flush=True)


def call(path: str, body: dict) -> dict:
    """Ends the program at a refusal; a server that is away or full comes back: then the answer is empty."""
    headers = {
        "Authorization": "Bearer " + os.environ["TRIGGERS_API_KEY"],
        "Content-Type": "application/json",
    }
    request = Request(f"{URL}/v1/inbox/{path}", data=json.dumps(body).encode(), headers=headers)
    try:
        # The server waits up to 20 seconds of these.
        with urlopen(request, timeout=50) as answer:
            return json.load(answer)
    except OSError as fault:
        if isinstance(fault, HTTPError) and fault.code < 500:
            sys.exit(f"{fault.code}: {fault.read().decode()}")
        print(f"{fault}; again in {RETRY_SECONDS} seconds", file=sys.stderr, flush=True)
        time.sleep(RETRY_SECONDS)
        return {}


def take() -> list:
    """Waits for the first one. Few at a time: the lease must last for all of them."""
    wish = {"limit": 10, "lease_seconds": 60, "wait_seconds": 20}
    return call(f"lease?inbox={quote(INBOX, safe='')}", wish).get("deliveries", [])


def handle(leased: dict) -> None:
    held = {"delivery_id": leased["delivery_id"], "lease_token": leased["lease_token"]}
    try:
        work(leased["event"], leased["attempt"])
    except Exception as fault:  # whatever the work may throw
        delay = RETRY_SECONDS * 2 ** (leased["attempt"] - 1)
        call("release", {"deliveries": [{**held, "delay_seconds": delay, "reason": repr(fault)[:500]}]})
    else:
        # If the server cannot be told, it comes again when its lease ends.
        call("ack", {"deliveries": [held]})


if __name__ == "__main__":
    try:
        print(f"waiting for events in {INBOX}", flush=True)
        while True:
            for delivery in take():
                handle(delivery)
    except KeyboardInterrupt:
        pass
