import { describe, expect, it } from "vitest";
import type { EventContent, StoredEvent } from "../domain/event.ts";
import type { EventView } from "../flow/views.ts";
import { makeAnswerBytes } from "./answer-bytes.ts";
import { ANSWER_BYTES, endPage, writeEvent } from "./render-event.ts";

const ID = "019a0000-0001-7000-8000-000000000000";

function viewOf(event: Partial<StoredEvent> = {}, content: Partial<EventContent> = {}): EventView {
  return {
    event: {
      projectId: ID,
      id: ID,
      type: null,
      source: null,
      tags: [],
      priority: "normal",
      occurredAt: null,
      contentType: "application/json",
      subjectIndex: null,
      orderingKeyIndex: null,
      sealed: Buffer.alloc(0),
      bytes: 0,
      isPlanned: false,
      expiresAt: 0,
      ...event,
    },
    content: {
      payload: Buffer.from("{}"),
      metadata: '{"priority":"normal","tags":[]}',
      subject: null,
      orderingKey: null,
      extensions: null,
      trace: null,
      ...content,
    },
    status: null,
  };
}

function render(view: EventView, withStatus = false): string {
  const answer = makeAnswerBytes();
  writeEvent(answer, view, { withStatus });
  return answer.end().toString();
}

describe("an event", () => {
  it("has every field in its order, null where it is not set", () => {
    expect(render(viewOf())).toBe(
      `{"id":"${ID}","timestamp":"2025-10-20T05:03:11.361Z","type":null,"source":null,"subject":null,"occurred_at":null,` +
        '"ordering_key":null,"tags":[],"metadata":{"priority":"normal","tags":[]},"extensions":null,"payload":{}}',
    );
  });

  it("holds stored bytes unparsed and everything else escaped", () => {
    const view = viewOf(
      { type: "a.b", source: 'sh"op', tags: ["é", "\\"], occurredAt: 0 },
      {
        payload: Buffer.from('{ "n": 9007199254740993, "__proto__": 1e400 }'),
        metadata: '{"priority":"high" , "x":1.0}',
        subject: "💶\u2028",
        orderingKey: "</script>",
        extensions: '{"id":"1","n":5}',
      },
    );
    const text = render(view);
    expect(text).toContain('"metadata":{"priority":"high" , "x":1.0},"extensions":{"id":"1","n":5},');
    expect(text.endsWith('"payload":{ "n": 9007199254740993, "__proto__": 1e400 }}')).toBe(true);
    expect(JSON.parse(text)).toMatchObject({
      type: "a.b",
      source: 'sh"op',
      subject: "💶\u2028",
      occurred_at: "1970-01-01T00:00:00.000Z",
      ordering_key: "</script>",
      tags: ["é", "\\"],
    });
  });

  it("has its status behind the payload where it is asked for", () => {
    expect(render({ ...viewOf(), status: "dead" }, true).endsWith('"payload":{},"status":"dead"}')).toBe(
      true,
    );
    expect(render(viewOf(), true).endsWith('"payload":{},"status":null}')).toBe(true);
    expect(render({ ...viewOf(), status: "dead" })).not.toContain("status");
  });

  it("too large for an answer comes without its payload, and says where that is", () => {
    const payload = Buffer.from(`{"a":"${"x".repeat(ANSWER_BYTES)}"}`);
    expect(JSON.parse(render(viewOf({}, { payload }), true))).toMatchObject({
      payload: null,
      payload_url: `/v1/events/${ID}/payload`,
      status: null,
    });
  });
});

describe("a page", () => {
  it("keeps to 4 MiB, whatever comes into it", () => {
    const answer = makeAnswerBytes();
    answer.text('{"data":[');
    const payload = Buffer.from(`{"a":"${"x".repeat(1_000_000)}"}`);
    for (let index = 0; index < 6; index++) {
      if (index > 0) answer.text(",");
      writeEvent(answer, viewOf({}, { payload }), { withStatus: false });
    }
    const bytes = endPage(answer, "cursor");
    expect(bytes.length).toBeLessThanOrEqual(ANSWER_BYTES);
    const { data, next_cursor } = JSON.parse(bytes.toString());
    expect(next_cursor).toBe("cursor");
    expect(data.map((event: { payload_url?: string }) => event.payload_url !== undefined)).toEqual([
      ...[false, false, false, false],
      ...[true, true],
    ]);
  });
});
