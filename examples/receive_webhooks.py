"""A webhook receiver with nothing but Python's standard library: checks the signature and prints what comes.

python3 examples/receive_webhooks.py [port] [whsec_…]

The signature is that of https://www.standardwebhooks.com.
"""

import base64
import hashlib
import hmac
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 9000
SECRET = sys.argv[2] if len(sys.argv) > 2 else None
MOST_SECONDS = 300


def is_genuine(headers, body: bytes, whsec: str) -> bool:
    """The signature is over id, time and the exact bytes; five minutes is how far the clocks may be apart."""
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not timestamp.isdigit() or abs(time.time() - int(timestamp)) > MOST_SECONDS:
        return False
    key = base64.b64decode(whsec.removeprefix("whsec_"))
    signed = f"{message_id}.{timestamp}.".encode() + body
    expected = b"v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
    # While secrets are rotated there are several: one that fits is enough.
    given = headers.get("webhook-signature", "").encode().split(b" ")
    return any(hmac.compare_digest(one, expected) for one in given)


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        is_signed = SECRET is None or is_genuine(self.headers, body, SECRET)
        # The id is the same for each attempt: what was seen before is a repetition.
        print("received" if is_signed else "refused, not signed with this secret:", body.decode(), flush=True)
        self.send_response(204 if is_signed else 401)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_) -> None:
        """Prints nothing besides."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", PORT), Receiver)
    print(f"waiting for webhooks on http://127.0.0.1:{PORT}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
