import { CloudEvent, HTTP } from "cloudevents";
import { describe, expect, it } from "vitest";
import type { EventContent, StoredEvent } from "../domain/event.ts";
import type { EventView } from "../flow/views.ts";
import { CONTENT_TYPES, webhookBody } from "./webhook-body.ts";

const ID = "01933f2e-8c00-7000-8000-000000000001";
const ACCEPTED_AT = "2024-11-18T12:10:35.392Z";
const PAYLOAD = '{"n":12345678901234567890,  "b":1,"a":"ü"}';

function viewOf(event: Partial<StoredEvent> = {}, content: Partial<EventContent> = {}): EventView {
  return {
    event: {
      projectId: "01933f2e-0000-7000-8000-000000000000",
      id: ID,
      type: null,
      source: null,
      tags: ["eu"],
      priority: "normal",
      occurredAt: null,
      contentType: "application/json",
      subjectIndex: null,
      orderingKeyIndex: null,
      sealed: new Uint8Array(),
      bytes: 100,
      isPlanned: false,
      expiresAt: 0,
      ...event,
    },
    content: {
      payload: Buffer.from(PAYLOAD),
      metadata: '{"priority":"normal"}',
      subject: null,
      orderingKey: null,
      extensions: null,
      trace: null,
      ...content,
    },
    status: null,
  };
}

const renderEvent = (view: EventView): Uint8Array => Buffer.from(`event ${view.event.id}`);

function cloudEventText(view: EventView): string {
  return Buffer.from(webhookBody("cloudevents", view, renderEvent)).toString();
}

const cloudEventOf = (view: EventView): Record<string, unknown> => JSON.parse(cloudEventText(view));

describe("the body of a webhook", () => {
  it("is the event as the API shows it", () => {
    expect(Buffer.from(webhookBody("event", viewOf(), renderEvent)).toString()).toBe(`event ${ID}`);
    expect(CONTENT_TYPES.event).toBe("application/json");
  });

  it("is the payload alone, its very bytes", () => {
    const view = viewOf();
    expect(webhookBody("payload", view, renderEvent)).toBe(view.content.payload);
  });
});

describe("a CloudEvent", () => {
  it("has what it must have, also of an event that brought nothing", () => {
    expect(cloudEventText(viewOf())).toBe(
      `{"specversion":"1.0","id":"${ID}","source":"/projects/01933f2e-0000-7000-8000-000000000000","type":"triggers.event",` +
        `"datacontenttype":"application/json","time":"${ACCEPTED_AT}","data":${PAYLOAD}}`,
    );
    expect(CONTENT_TYPES.cloudevents).toBe("application/cloudevents+json");
  });

  it("has the fields of the event under their names there", () => {
    const trace = {
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      tracestate: "a=b",
    };
    const view = viewOf(
      { type: "order.created", source: "shop", occurredAt: Date.UTC(2026, 10, 22, 10) },
      { subject: "cus_9", orderingKey: "ord_1", trace },
    );
    expect(cloudEventOf(view)).toMatchObject({
      source: "shop",
      type: "order.created",
      subject: "cus_9",
      partitionkey: "ord_1",
      time: "2026-11-22T10:00:00.000Z",
      ...trace,
    });
  });

  it("that was accepted as one comes back with its id and attributes, each once", () => {
    const extensions =
      '{"id":"A234","dataschema":"https://schemas.example/a","seq":7,"flag":true,"type":"x","data":"y","__proto__":"z"}';
    const view = viewOf(
      { type: "a.b", source: "https://example.com/s?x=1" },
      { extensions, payload: Buffer.from("null") },
    );
    const text = cloudEventText(view);
    expect(JSON.parse(text)).toMatchObject({
      id: "A234",
      source: "https://example.com/s?x=1",
      type: "a.b",
      dataschema: "https://schemas.example/a",
      seq: 7,
      flag: true,
      data: null,
    });
    expect(text.match(/"id":/g)).toHaveLength(1);
    expect(text.match(/"data":/g)).toHaveLength(1);
    expect(text).toContain('"__proto__":"z"');
  });

  it.each([
    ["my shop", "my%20shop"],
    ["bücher", "b%C3%BCcher"],
    ["50%", "50%25"],
    ["a%20b", "a%20b"],
    ['<a"b>', "%3Ca%22b%3E"],
    ["🎉", "%F0%9F%8E%89"],
    ["urn:x:y#z?[q]", "urn:x:y#z?[q]"],
  ])("has the source %j as the URI reference %s", (source, expected) => {
    expect(cloudEventOf(viewOf({ source })).source).toBe(expected);
  });

  it("leaves out an empty subject", () => {
    expect(cloudEventOf(viewOf({}, { subject: "" }))).not.toHaveProperty("subject");
  });

  it("is read by the library of CloudEvents", () => {
    const body = cloudEventText(
      viewOf({ type: "a.b", source: "shop" }, { payload: Buffer.from('{"a":1}'), subject: "s" }),
    );
    const read = HTTP.toEvent({ headers: { "content-type": CONTENT_TYPES.cloudevents }, body });
    expect(read).toBeInstanceOf(CloudEvent);
    expect(read).toMatchObject({
      id: ID,
      source: "shop",
      type: "a.b",
      subject: "s",
      time: ACCEPTED_AT,
      data: { a: 1 },
    });
  });
});
