import { parseAnswer } from "../connection/call.ts";
import { type Answer, textOf } from "../connection/send-request.ts";
import { type EventPlaces, withPayloadTexts } from "../json/event.ts";

/** An answer with events in it, each with the text of its payload. */
export function readEvents(answer: Answer, places: EventPlaces): unknown {
  return withPayloadTexts(textOf(answer.bytes), parseAnswer(answer), places);
}
