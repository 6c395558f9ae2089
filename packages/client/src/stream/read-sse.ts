/** One block of a stream of server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
export interface SseBlock {
  readonly event: string;
  /** Null: the block has no data, only perhaps an id. */
  readonly data: string | null;
  /** The last one seen so far; null: none yet. */
  readonly id: string | null;
}

/** Reads blocks out of a body; `onBytes` is called whenever something comes, also heartbeats. */
export async function* readSse(
  body: ReadableStream<Uint8Array>,
  onBytes: () => void,
): AsyncGenerator<SseBlock, void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const readLine = makeReadLine();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      onBytes();
      // A CR at the end may be half of a line break.
      const lines = (rest + decoder.decode(value, { stream: true })).split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const block = readLine(line);
        if (block !== null) yield block;
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** Takes lines one by one; gives a block at the empty line that ends it. */
function makeReadLine(): (line: string) => SseBlock | null {
  let event = "message";
  let data: string[] = [];
  let id: string | null = null;
  return (line) => {
    if (line === "") {
      const block = { event, data: data.length === 0 ? null : data.join("\n"), id };
      event = "message";
      data = [];
      return block;
    }
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "event") event = value;
    else if (name === "data") data.push(value);
    else if (name === "id" && !value.includes("\0")) id = value;
    return null;
  };
}
