/** What a request may hold at most. */
export interface BatchLimits {
  readonly items: number;
  readonly bytes: number;
}

/** `{"events":[` and `]}`. */
const FRAME_BYTES = 13;

/** Divides items into requests, in their order, each as full as it may be. One that is too large by itself stands alone: the server says so. */
export function splitBatch<T extends { readonly bytes: Uint8Array }>(
  items: readonly T[],
  limits: BatchLimits,
): T[][] {
  const requests: T[][] = [];
  let request: T[] = [];
  let bytes = FRAME_BYTES;
  for (const item of items) {
    const added = item.bytes.length + 1;
    const isFull = request.length >= limits.items || bytes + added > limits.bytes;
    if (isFull && request.length > 0) {
      requests.push(request);
      request = [];
      bytes = FRAME_BYTES;
    }
    request.push(item);
    bytes += added;
  }
  if (request.length > 0) requests.push(request);
  return requests;
}

/** The body of a request. */
export interface BatchBody {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly contentType: string;
  /** JSON pointer to the array of events. */
  readonly pointer: string;
}

const LINE_FEED = 0x0a;
const COMMA = 0x2c;

/** As lines, where a faulty one fails alone; as one JSON text if an event has line breaks of its own. */
export function batchBody(items: readonly { readonly bytes: Uint8Array }[]): BatchBody {
  const areLines = items.every(({ bytes }) => !bytes.includes(LINE_FEED));
  if (areLines) {
    const bytes = join(items, { head: "", between: LINE_FEED, tail: "" });
    return { bytes, contentType: "application/x-ndjson", pointer: "" };
  }
  const bytes = join(items, { head: '{"events":[', between: COMMA, tail: "]}" });
  return { bytes, contentType: "application/json", pointer: "/events" };
}

function join(
  items: readonly { readonly bytes: Uint8Array }[],
  { head, between, tail }: { readonly head: string; readonly between: number; readonly tail: string },
): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const length = items.reduce((sum, { bytes }) => sum + bytes.length + 1, head.length + tail.length - 1);
  const body = new Uint8Array(length);
  let at = encoder.encodeInto(head, body).written;
  items.forEach(({ bytes }, index) => {
    if (index > 0) body[at++] = between;
    body.set(bytes, at);
    at += bytes.length;
  });
  encoder.encodeInto(tail, body.subarray(at));
  return body;
}
