import { type ConnectionOptions, connect } from "../connection/connect.ts";
import { fieldsOf, makeOutput } from "../output/output.ts";

export interface ShowEventOptions extends ConnectionOptions {
  /** The payload alone, byte for byte. */
  readonly payload?: true;
}

export async function showEvent(id: string, options: ShowEventOptions): Promise<void> {
  const { triggers } = await connect(options);
  const output = makeOutput(options);
  if (options.payload === true) {
    process.stdout.write((await triggers.events.payload(id)).bytes);
    return;
  }
  const event = await triggers.events.withPayload(await triggers.events.get(id));
  const { payload: _, payloadText, ...facts } = event;
  output.row(event, fieldsOf({ ...facts, payload: payloadText }));
}
