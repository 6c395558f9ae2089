import { describe, expect, it } from "vitest";
import { readSse, type SseBlock } from "./read-sse.ts";

async function read(...chunks: readonly (string | Uint8Array)[]): Promise<SseBlock[]> {
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      for (const chunk of chunks)
        controller.enqueue(typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk);
      controller.close();
    },
  });
  const blocks: SseBlock[] = [];
  for await (const block of readSse(body, () => undefined)) blocks.push(block);
  return blocks;
}

describe("Server-sent events", () => {
  it("are read however they are cut", async () => {
    const text = ': open\n\nid: 1\nevent: event\ndata: {"a":"é€💶"}\n\nid: 2\r\ndata:x\r\ndata: y\r\n\r\n';
    const whole = await read(text);
    expect(whole).toEqual([
      { event: "message", data: null, id: null },
      { event: "event", data: '{"a":"é€💶"}', id: "1" },
      { event: "message", data: "x\ny", id: "2" },
    ]);
    const bytes = new TextEncoder().encode(text);
    for (let size = 1; size < 9; size++) {
      const chunks: Uint8Array[] = [];
      for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
      expect(await read(...chunks)).toEqual(whole);
    }
  });

  it("keep the last id, also of a block without data, and drop what was not ended", async () => {
    expect(await read("id: 7\n\ndata: a\n\nid\ndata: b\n\ndata: c\n")).toEqual([
      { event: "message", data: null, id: "7" },
      { event: "message", data: "a", id: "7" },
      { event: "message", data: "b", id: "" },
    ]);
  });
});
