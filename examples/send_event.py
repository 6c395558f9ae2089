"""Sends one event with nothing but Python's standard library, and again until its storing is certain.

TRIGGERS_API_KEY=… python3 examples/send_event.py order.created '{"order_id":"ord_1","amount":4999}'
"""

import json
import os
import random
import sys
import time
import uuid
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

URL = os.environ.get("TRIGGERS_URL", "http://127.0.0.1:8080")
ATTEMPTS = 6


def send(body: bytes) -> dict:
    """One key over all attempts: an attempt whose answer was lost makes no second event."""
    headers = {
        "Authorization": "Bearer " + os.environ["TRIGGERS_API_KEY"],
        "Content-Type": "application/json",
        "Idempotency-Key": str(uuid.uuid4()),
    }
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with urlopen(Request(URL + "/v1/events", data=body, headers=headers), timeout=30) as answer:
                return json.load(answer)
        except HTTPError as refusal:
            # A refusal is a problem document: `detail` says what to do, `errors` which fields are meant.
            if (refusal.code != 429 and refusal.code < 500) or attempt == ATTEMPTS:
                sys.exit(f"{refusal.code}: {refusal.read().decode()}")
            asked = float(refusal.headers.get("Retry-After", 0))
        except (URLError, TimeoutError, ConnectionError) as fault:
            if attempt == ATTEMPTS:
                sys.exit(f"{URL} does not answer: {fault}")
            asked = 0.0
        # Longer each time, by chance, and never before the server wants it.
        time.sleep(max(asked, random.random() * 0.25 * 2**attempt))
    raise AssertionError("the last attempt returns or exits")


if __name__ == "__main__":
    kind = sys.argv[1] if len(sys.argv) > 1 else "order.created"
    payload = sys.argv[2] if len(sys.argv) > 2 else '{"order_id":"ord_1","amount":4999}'
    # The payload goes out as the text it is, so that no number is rounded on the way.
    event = send(f'{{"type":{json.dumps(kind)},"payload":{payload}}}'.encode())
    print(f"stored {event['event_id']}")
