import { readdir, readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { REPOSITORY } from "../harness/start-program.ts";
import { type Follow, makeFollower } from "./follow-blocks.ts";
import { type Checkout, openCheckout } from "./open-checkout.ts";
import { type OpenGround, openGround } from "./open-ground.ts";
import { openSession, type Session } from "./open-session.ts";
import { type Block, readBlocks } from "./read-blocks.ts";
import { AWS, environmentOf } from "./substitutions.ts";

const BLOCK_MS = 120_000;

export interface Document {
  /** From the repository's root. */
  readonly path: string;
  readonly markdown: string;
  readonly needsAws: boolean;
}

/** Every document whose blocks are run here; those of the client's README run beside its own tests. */
export async function readDocuments(): Promise<readonly Document[]> {
  const guides = (await readdir(`${REPOSITORY}docs/guides`)).map((name) => `docs/guides/${name}`);
  const paths = ["README.md", "examples/README.md", ...guides.sort()];
  return await Promise.all(
    paths.map(async (path) => {
      const markdown = await readFile(`${REPOSITORY}${path}`, "utf8");
      return { path, markdown, needsAws: markdown.includes(AWS) };
    }),
  );
}

/** What a document that starts no server takes for granted. */
const RUNNING = `\`\`\`sh stays
TRIGGERS_ALLOW_NETWORKS=127.0.0.0/8 npm start
\`\`\`
\`\`\`text
listens on
\`\`\`
\`\`\`sh
export TRIGGERS_API_KEY=…
\`\`\`
`;

/** Runs every block of a document in its order, each as a test. */
export function describeDocument({ path, markdown }: Document): void {
  const blocks = readBlocks(path, markdown);
  const startsServer = blocks.some(
    ({ mark, text }) => mark === "stays" && /(npm start|triggers dev)$/m.test(text),
  );
  const before = startsServer || blocks.length === 0 ? [] : readBlocks("before the first block", RUNNING);

  describe(`Whoever follows ${path}`, () => {
    let checkout: Checkout;
    let ground: OpenGround;
    let session: Session;
    let follow: Follow;

    beforeAll(async () => {
      checkout = await openCheckout();
      ground = await openGround(markdown);
      session = openSession(checkout, environmentOf(ground));
      follow = makeFollower(session, ground);
      for (const block of before) await follow(block);
    });
    afterAll(async () => {
      await session?.stop();
      await ground?.[Symbol.asyncDispose]();
      await checkout?.[Symbol.asyncDispose]();
    });

    let failed: string | null = null;
    it.for(blocks.map((block) => [titleOf(block), block] as const))(
      "%s",
      { timeout: BLOCK_MS },
      async ([, block]) => {
        // What comes after a block that failed rests on it.
        if (failed !== null) throw new Error(`not reached: ${failed} failed`);
        failed = block.place;
        await follow(block);
        failed = null;
      },
    );

    it("has used every file that it saves", () => {
      expect(session.unused()).toEqual([]);
    });
  });
}

function titleOf({ place, language, text }: Block): string {
  return `${place} ${language}: ${text.trim().split("\n")[0]?.slice(0, 80)}`;
}
