import { eventually } from "../harness/eventually.ts";
import { fitsOutput, standsIn } from "./compare-output.ts";
import type { Session } from "./open-session.ts";
import type { Block } from "./read-blocks.ts";
import { fillBlanks, type Ground, substitute } from "./substitutions.ts";

/** Does what a block says. Rejects if it fails, or does not show what it is said to. */
export type Follow = (block: Block) => Promise<void>;

const RUNNERS: Readonly<Record<string, (name: string) => string>> = {
  ts: (name) => `node ${name}.ts`,
  js: (name) => `node ${name}.mjs`,
  python: (name) => `python3 ${name}.py`,
};
/** A command that only asks may be given again until it shows what is to come. */
const ASKS = /^curl (?!.*? (?:-X|-d|--data|-N))/;
const REFUSAL = /"type":"[^"]*docs\/errors\.md#/;

/** A reader who follows the blocks of a document in their order. */
export function makeFollower(session: Session, ground: Ground): Follow {
  let programs = 0;

  async function follow(block: Block): Promise<void> {
    const { language, mark } = block;
    const text = substitute(block.text, ground);
    const shows = block.shows === null ? null : substitute(block.shows, ground);
    if (mark?.includes(".")) return await saveFile(session, { ...block, text });
    if (language === "text") return await waitUntilShown(session, text);
    if (mark === "alone") await session.stop();
    const command = language === "sh" ? fillBlanks(text, session.seen()) : await saveProgram(language, text);
    if (mark === "stays")
      return await session.start(command.trim(), (output) => standsIn(shows ?? "", output));
    await runAndCompare(session, command, shows);
  }

  async function saveProgram(language: string, text: string): Promise<string> {
    programs += 1;
    const command = RUNNERS[language]?.(`block-${programs}`) ?? "";
    await session.save(command.split(" ")[1] ?? "", text);
    return command;
  }

  return (block) =>
    follow(block).catch((error: Error) => {
      throw new Error(`${block.place}: ${error.message}`, { cause: error });
    });
}

async function saveFile(session: Session, { language, mark, text }: Block): Promise<void> {
  if (language === "json") JSON.parse(text);
  await session.save(mark ?? "", text);
}

async function waitUntilShown(session: Session, text: string): Promise<void> {
  const isShown = () => standsIn(text, session.ongoing());
  await eventually(isShown, (shown) => shown).catch(() => {
    throw new Error(`nothing that goes on shows it; the last words:\n${session.ongoing().slice(-2_000)}`);
  });
}

async function runAndCompare(session: Session, command: string, shows: string | null): Promise<void> {
  const output = await session.run(command);
  if (shows === null) {
    if (REFUSAL.test(output)) throw new Error(`it was refused: ${output}`);
    return;
  }
  if (fitsOutput(shows, output)) return;
  if (!asksOnly(command)) throw new Error(`it showed\n${output}\ninstead of\n${shows}`);
  await eventually(
    () => session.run(command),
    (again) => fitsOutput(shows, again),
  );
}

function asksOnly(command: string): boolean {
  const lines = command
    .replaceAll(/\\\n\s*/g, "")
    .trim()
    .split("\n");
  return lines.every((line) => ASKS.test(line));
}
