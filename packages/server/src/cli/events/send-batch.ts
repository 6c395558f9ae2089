import { BatchError, type BatchItemResult, type BatchResult, type Triggers } from "@triggers/client";
import { type ConnectionOptions, connect } from "../connection/connect.ts";
import { AT_ONCE, waitForServer } from "../connection/wait-for-server.ts";
import { makeOutput, type Output } from "../output/output.ts";
import { makeTallyBar } from "../output/tally-bar.ts";
import { reasonOf } from "../run-command.ts";
import { openBatchFile } from "./open-batch-file.ts";
import { type BatchLine, readBatch } from "./read-batch.ts";

export interface SendBatchOptions extends ConnectionOptions {
  readonly idempotencyKey?: string;
  /** Seconds that a server which is away is waited for. */
  readonly patience: number;
}

interface Tally {
  stored: number;
  known: number;
  refused: number;
}

/** Sends one event a line. Each has a key of its own, so that a repetition stores nothing twice. */
export async function sendBatch(path: string | undefined, options: SendBatchOptions): Promise<void> {
  await using file = await openBatchFile(path);
  const key = options.idempotencyKey ?? file.key;
  const output = makeOutput(options);
  const tally: Tally = { stored: 0, known: 0, refused: 0 };
  const bar = makeTallyBar(file.bytes, { writesRows: output.isJson });
  let done = 0;
  const show = (more = "") => bar.show(done, `${wordsFor(tally)}${more}`);
  const say = (words: string | null) => {
    show(words === null ? "" : ` (${words})`);
    if (!process.stderr.isTTY) output.note(words ?? "the server is back");
  };
  const { triggers } = await connect(options, waitForServer(options.patience, say));
  await triggers.me(AT_ONCE);
  if (!file.isKeyStable && options.idempotencyKey === undefined)
    output.note(`To go on after an interruption without storing anything twice: --idempotency-key ${key}`);
  try {
    for await (const lines of readBatch(file.pieces, key, { isLive: file.bytes === null })) {
      const failure = await sendLines({ triggers, output, tally }, lines);
      done = lines.at(-1)?.endsAt ?? done;
      if (failure !== null) {
        bar.end();
        return end(output, { tally, key, failure });
      }
      show();
      await output.flushed();
    }
  } finally {
    bar.end();
  }
  end(output, { tally, key, failure: null });
}

interface Sending {
  readonly triggers: Triggers;
  readonly output: Output;
  readonly tally: Tally;
}

/** Gives the error of a request that failed for good: what comes after it is not sent. */
async function sendLines(
  { triggers, output, tally }: Sending,
  lines: readonly BatchLine[],
): Promise<Error | null> {
  const sound = lines.filter((one) => "event" in one);
  const events = sound.map(({ event }) => event);
  const { results, failure } = await sendEvents(triggers, events);
  const resultOf = new Map(sound.map(({ line }, index) => [line, results[index]]));
  for (const line of lines) {
    const result = resultOf.get(line.line);
    if (result?.outcome === "failed" && failure !== null && isOf(result, failure)) continue;
    tellLine(output, tally, { line, result });
  }
  return failure === null ? null : causeOf(failure);
}

async function sendEvents(
  triggers: Triggers,
  events: Parameters<Triggers["events"]["sendBatch"]>[0] & readonly unknown[],
): Promise<Pick<BatchResult, "results"> & { readonly failure: BatchError | null }> {
  try {
    const { results } = await triggers.events.sendBatch(events, { idempotencyKey: null });
    return { results, failure: null };
  } catch (error) {
    if (!(error instanceof BatchError)) throw error;
    return { results: error.result.results, failure: error };
  }
}

function isOf(result: Extract<BatchItemResult, { outcome: "failed" }>, failure: BatchError): boolean {
  return result.error === failure.cause || result.error.code === "not_sent";
}

function causeOf({ cause }: BatchError): Error {
  return cause instanceof Error ? cause : new Error("A request failed.");
}

function tellLine(
  output: Output,
  tally: Tally,
  { line, result }: { readonly line: BatchLine; readonly result: BatchItemResult | undefined },
): void {
  if (result !== undefined && result.outcome !== "failed") {
    tally[result.outcome === "created" ? "stored" : "known"]++;
    const { outcome, event_id, timestamp } = result;
    if (output.isJson) output.row({ line: line.line, outcome, event_id, timestamp });
    return;
  }
  tally.refused++;
  const error = faultOf(line, result);
  if (output.isJson) output.row({ line: line.line, outcome: "failed", error });
  else output.note(`line ${line.line}: ${faultWords(error)}`);
}

function faultOf(line: BatchLine, result: BatchItemResult | undefined) {
  if (result?.outcome !== "failed")
    return { code: "unreadable_line", detail: "fault" in line ? line.fault : "it has no answer", errors: [] };
  const { code, detail, errors } = result.error;
  return { code, detail, errors };
}

/** The fields at fault say more than the sentence that points to them. */
function faultWords({ detail, errors }: ReturnType<typeof faultOf>): string {
  if (errors.length === 0) return detail;
  return errors.map((one) => `${one.pointer} ${one.detail}`.trim()).join("; ");
}

function end(
  output: Output,
  { tally, key, failure }: { readonly tally: Tally; readonly key: string; readonly failure: Error | null },
): void {
  const { stored, known, refused } = tally;
  output.row(
    { created: stored, replayed: known, failed: refused, idempotency_key: key, complete: failure === null },
    `${wordsFor(tally)}.`,
  );
  if (failure !== null) {
    output.note(reasonOf(failure));
    output.note(
      `Not all was sent. The same command with --idempotency-key ${key} sends the rest and stores nothing twice.`,
    );
  } else if (refused > 0)
    output.note(
      `Correct the refused lines where they stand, then send the file again with --idempotency-key ${key}: what is stored is not stored twice.`,
    );
  if (failure !== null || refused > 0) process.exitCode = 1;
}

function wordsFor({ stored, known, refused }: Tally): string {
  return `${stored} stored, ${known} were there already, ${refused} refused`;
}
