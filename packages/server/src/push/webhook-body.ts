import type { WebhookFormat } from "../domain/webhook.ts";
import type { EventView } from "../flow/views.ts";
import { renderCloudEvent } from "./render-cloud-event.ts";

/** Writes the Event as the API shows it, without `status`. */
export type RenderEvent = (view: EventView) => Uint8Array;

export const CONTENT_TYPES: Readonly<Record<WebhookFormat, string>> = {
  event: "application/json",
  payload: "application/json",
  cloudevents: "application/cloudevents+json",
};

/** The bytes that a webhook gets. In all formats the payload is the bytes that were accepted; as `payload` they are not even copied. */
export function webhookBody(format: WebhookFormat, view: EventView, renderEvent: RenderEvent): Uint8Array {
  switch (format) {
    case "event":
      return renderEvent(view);
    case "payload":
      return view.content.payload;
    case "cloudevents":
      return renderCloudEvent(view);
  }
}
