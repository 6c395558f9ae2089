import { styleText } from "node:util";
import { dim, type Output } from "../output/output.ts";
import type { Forwarded } from "./handle-event.ts";

/** Writes one line: time, type, id, what was answered, how long it took, and when it comes again. */
export function writeEventLine(output: Output, forwarded: Forwarded): void {
  const { event, deliveryId, attempt, result, verdict, retrySeconds } = forwarded;
  const { statusCode, errorCode, durationMs } = result;
  const now = new Date();
  const row = {
    time: now.toISOString(),
    type: event.type,
    id: event.id,
    delivery_id: deliveryId,
    attempt,
    status: statusCode,
    error: errorCode,
    ms: durationMs,
    outcome: verdict.outcome === "acknowledged" ? "acknowledged" : "released",
    retry_in_seconds: retrySeconds,
  };
  const answer = styleText(
    verdict.outcome === "acknowledged" ? "green" : "red",
    String(statusCode ?? errorCode),
    { stream: process.stdout },
  );
  const words = [
    dim(clockOf(now)),
    event.type ?? "-",
    event.id,
    answer,
    `${durationMs} ms`,
    ...(retrySeconds === null ? [] : [`again in ${spanOf(retrySeconds)}`]),
  ];
  output.row(row, words.join("  "));
}

/** Of this machine, as people read it off their other windows. */
function clockOf(time: Date): string {
  const [hours, minutes, seconds] = [time.getHours(), time.getMinutes(), time.getSeconds()].map((part) =>
    String(part).padStart(2, "0"),
  );
  return `${hours}:${minutes}:${seconds}.${String(time.getMilliseconds()).padStart(3, "0")}`;
}

function spanOf(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
}
