/** A fenced block of a document. */
export interface Block {
  /** Where it stands, for messages: `docs/guides/push.md:12`. */
  readonly place: string;
  readonly language: string;
  /**
   * The second word of the fence: the name of the file that the reader saves it as; `stays`, of a command that goes on, and of a `text` that one of these shows by
   * now; `alone`, of a command before which all that stayed was stopped.
   */
  readonly mark: string | null;
  readonly text: string;
  /** Of the `text` block right behind it: what it shows. Null: there is none. */
  readonly shows: string | null;
}

const RUN = new Set(["sh", "ts", "js", "python"]);

/** Every block of a document in its order, each with what it shows. Throws at a block that nothing can be done with. */
export function readBlocks(path: string, markdown: string): readonly Block[] {
  const fences = [...markdown.matchAll(/^```(\S*)(?: (\S+))?\n(.*?)^```$/gms)];
  const ticks = markdown.match(/^\s*(```|~~~)/gm) ?? [];
  if (ticks.length !== fences.length * 2)
    throw new Error(`${path}: a fence is not at the margin, or not closed`);
  const blocks: Block[] = [];
  for (const { 1: language = "", 2: mark = null, 3: text = "", index } of fences) {
    const place = `${path}:${markdown.slice(0, index).split("\n").length}`;
    if (language === "text" && mark === null) attach(blocks, text, place);
    else blocks.push({ ...{ place, language, mark, text }, shows: null });
  }
  for (const block of blocks) judge(block);
  return blocks;
}

function attach(blocks: Block[], shows: string, place: string): void {
  const last = blocks.at(-1);
  if (last === undefined || last.shows !== null) throw new Error(`${place}: shows the output of no block`);
  blocks[blocks.length - 1] = { ...last, shows };
}

/** `json` and whatever has a file name is saved, to be used by a command; everything else must be a program. */
function judge({ place, language, mark, shows }: Block): void {
  const isFile = mark?.includes(".") === true;
  if (isFile && shows !== null) throw new Error(`${place}: a file shows nothing`);
  if (isFile && (RUN.has(language) || language === "json")) return;
  if (mark === "stays" && language === "sh" && shows === null)
    throw new Error(`${place}: what stays must show when it is ready`);
  const isRun =
    (mark === null && RUN.has(language)) ||
    (mark === "stays" && (language === "sh" || language === "text")) ||
    (mark === "alone" && language === "sh");
  if (!isRun) throw new Error(`${place}: nobody runs a block \`${language} ${mark ?? ""}\``);
}
