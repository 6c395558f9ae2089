import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Event, HandOver } from "@triggers/client";
import { environmentWith } from "../../config.ts";

/** How the command of an event ended: its exit code, or the signal that ended it. */
export type Ending = number | NodeJS.Signals;

/** Their process groups: a command may have started others. */
const running = new Set<number>();

function stopGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGTERM");
  } catch {
    // It has ended.
  }
}

/**
 * Runs a command line for one event: its payload comes on standard input, the rest of it in `TRIGGERS_EVENT_*`. In a group of its own, so that a Ctrl-C for the
 * drain lets what is begun be finished.
 */
export async function runHandler(
  command: string,
  { event, handOver, stdout }: { event: Event; handOver: HandOver; stdout: "inherit" | number },
): Promise<Ending> {
  const child = spawn(command, {
    shell: true,
    detached: true,
    env: environmentWith(describe(event, handOver)),
    stdio: ["pipe", stdout, "inherit"],
  });
  const ended = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
  const { pid } = child;
  // No process could be made: why is told below, and nothing is there to be stopped.
  if (pid === undefined) return endingOf(await ended);
  running.add(pid);
  // Somebody else has the event: whatever the command still does is done twice.
  const stop = () => stopGroup(pid);
  handOver.signal.addEventListener("abort", stop);
  // A command need not read its input.
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(event.payloadText ?? "null");
  try {
    return endingOf(await ended);
  } finally {
    running.delete(pid);
    handOver.signal.removeEventListener("abort", stop);
  }
}

function endingOf([code, signal]: readonly (number | NodeJS.Signals | null)[]): Ending {
  return code ?? signal ?? "SIGKILL";
}

/** Ends all commands, for an end in haste. */
export function stopHandlers(): void {
  for (const pid of running) stopGroup(pid);
}

function describe(event: Event, { delivery_id, attempt }: HandOver): Record<string, string> {
  const { id, timestamp, type, source, subject, occurred_at, ordering_key, tags, metadata } = event;
  const facts = {
    ...{ id, timestamp, type, source, subject, occurred_at, ordering_key, delivery_id, attempt },
    ...{ tags: JSON.stringify(tags), metadata: JSON.stringify(metadata), priority: metadata.priority },
  };
  const entries = Object.entries(facts).flatMap(([name, fact]): [string, string][] => {
    const text = fact === null ? "" : String(fact);
    // No variable can hold it.
    return text.includes("\0") ? [] : [[`TRIGGERS_EVENT_${name.toUpperCase()}`, text]];
  });
  return Object.fromEntries(entries);
}
