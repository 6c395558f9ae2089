import { get } from "node:http";
import type { EventView } from "./client.ts";

/** One event as it came over a stream; `position` resumes behind it. */
export interface StreamedEvent {
  readonly position: string;
  readonly event: EventView;
}

export interface StreamWish {
  readonly url: string;
  readonly key: string;
  readonly query?: string;
  /** Null: from now on. */
  readonly lastEventId: string | null;
  readonly onEvent: (streamed: StreamedEvent) => void;
}

export interface OpenStream {
  readonly status: number;
  /** Resolves when the connection has ended, by whomever. */
  readonly ended: Promise<void>;
  close(): void;
}

/** Opens the live tail; resolves with its headers, from when on nothing may be missed. */
export function openStream({ url, key, query = "", lastEventId, onEvent }: StreamWish): Promise<OpenStream> {
  const resume = lastEventId === null ? {} : { "last-event-id": lastEventId };
  const headers = { authorization: `Bearer ${key}`, ...resume };
  return new Promise((resolve, reject) => {
    const outgoing = get(`${url}/v1/events/stream${query}`, { headers, agent: false });
    let isClosed = false;
    outgoing.on("error", (error) => isClosed || reject(error));
    outgoing.on("response", (incoming) => {
      let text = "";
      incoming.setEncoding("utf8");
      incoming.on("data", (chunk: string) => {
        const frames = (text + chunk).split("\n\n");
        text = frames.pop() ?? "";
        for (const frame of frames) if (!isClosed) readFrame(frame, onEvent);
      });
      incoming.on("error", () => undefined);
      resolve({
        status: incoming.statusCode ?? 0,
        ended: new Promise((end) => incoming.on("close", () => end())),
        close() {
          isClosed = true;
          outgoing.destroy();
        },
      });
    });
  });
}

function readFrame(frame: string, onEvent: StreamWish["onEvent"]): void {
  const fields = new Map(frame.split("\n").map((line) => splitField(line)));
  const [data, position] = [fields.get("data"), fields.get("id")];
  if (fields.get("event") !== "event" || data === undefined || position === undefined) return;
  onEvent({ position, event: JSON.parse(data) as EventView });
}

function splitField(line: string): [string, string] {
  const colon = line.indexOf(":");
  return [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, "")];
}
