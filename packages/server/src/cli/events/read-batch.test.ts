import { describe, expect, it } from "vitest";
import { type BatchLine, readBatch } from "./read-batch.ts";

async function read(text: string | Buffer): Promise<readonly (readonly BatchLine[])[]> {
  const groups: (readonly BatchLine[])[] = [];
  for await (const group of readBatch(toAsync(Buffer.from(text)), "key", { isLive: false }))
    groups.push(group);
  return groups;
}

async function* toAsync(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

async function readOne(line: string | Buffer): Promise<BatchLine | undefined> {
  return (await read(line))[0]?.[0];
}

describe("A line of a batch", () => {
  it("is sent with its payload as it stands, and a key of its own", async () => {
    const line = '{ "type":"a.b", "payload": {"n": 9007199254740993,  "x":1.10} , "tags":["t"]}';
    expect(await readOne(line)).toEqual({
      line: 1,
      endsAt: line.length,
      event: {
        idempotency_key: "key/1",
        type: "a.b",
        tags: ["t"],
        payloadText: '{"n": 9007199254740993,  "x":1.10}',
      },
    });
  });

  it("keeps the key that it has", async () => {
    expect(await readOne('{"payload":{},"idempotency_key":"mine"}')).toHaveProperty(
      "event.idempotency_key",
      "mine",
    );
  });

  it.each([
    ["that is not JSON", "{", /JSON|Close/],
    ["that is no object", "[1]", /JSON object/],
    ["without a payload", '{"type":"a"}', /no `payload`/],
    ["with a name twice", '{"payload":{},"type":"a","type":"b"}', /once|twice|repeat/i],
    ["that is not UTF-8", Buffer.from([0x22, 0xff, 0x22]), /UTF-8/],
  ])("%s is told", async (_what, line, words) => {
    expect(await readOne(line)).toEqual({
      line: 1,
      endsAt: line.length,
      fault: expect.stringMatching(words),
    });
  });

  it("counts also where lines are empty, so that its key stays", async () => {
    const [group = []] = await read('\n  \n{"payload":{}}\r\n\n{"payload":{}}');
    expect(group.map(({ line }) => line)).toEqual([3, 5]);
    expect(group.map((line) => ("event" in line ? line.event.idempotency_key : null))).toEqual([
      "key/3",
      "key/5",
    ]);
  });
});

describe("A batch", () => {
  it("goes in groups of 1,000 lines", async () => {
    const groups = await read('{"payload":{}}\n'.repeat(2_500));
    expect(groups.map((group) => group.length)).toEqual([1_000, 1_000, 500]);
  });

  it("that comes as it happens waits for no line that is not there yet", async () => {
    const sizes: number[] = [];
    const line = '{"payload":{}}\n';
    async function* pieces(): AsyncGenerator<Buffer> {
      yield Buffer.from(line + line + line.slice(0, 5));
      // Asked for the next piece: what has come is on its way.
      expect(sizes).toEqual([2]);
      yield Buffer.from(line.slice(5));
      expect(sizes).toEqual([2, 1]);
      yield Buffer.from("\n\n");
    }
    for await (const group of readBatch(pieces(), "key", { isLive: true })) sizes.push(group.length);
    expect(sizes).toEqual([2, 1]);
  });

  it("goes in groups of 2 MB, a larger line alone", async () => {
    const line = (bytes: number) => `{"payload":{"text":"${"x".repeat(bytes)}"}}\n`;
    const groups = await read(line(900_000) + line(900_000) + line(900_000) + line(3_000_000) + line(1));
    expect(groups.map((group) => group.length)).toEqual([2, 1, 1, 1]);
  });
});
