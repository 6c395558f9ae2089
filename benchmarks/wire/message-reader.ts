const HEAD_END = Buffer.from("\r\n\r\n");
const CONTENT_LENGTH = /\r\ncontent-length: *(\d+)/i;

/** An HTTP/1.1 request or answer. */
export interface Message {
  /** Start line and headers, without the empty line. */
  readonly head: string;
  readonly body: Buffer;
}

/**
 * Cuts what comes in on a connection into messages. Bodies need a `Content-Length`, which all senders here use: this is what makes it several times
 * cheaper than a whole HTTP parser, so that measuring disturbs what is measured as little as can be.
 */
export function makeMessageReader(onMessage: (message: Message) => void): (chunk: Buffer) => void {
  let held: Buffer = Buffer.alloc(0);
  return (chunk) => {
    let rest = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    for (;;) {
      const headEnd = rest.indexOf(HEAD_END);
      if (headEnd < 0) break;
      const head = rest.toString("latin1", 0, headEnd);
      const bodyAt = headEnd + HEAD_END.length;
      const end = bodyAt + Number(CONTENT_LENGTH.exec(head)?.[1] ?? 0);
      if (end > rest.length) break;
      onMessage({ head, body: rest.subarray(bodyAt, end) });
      rest = rest.subarray(end);
    }
    held = rest;
  };
}
