import { readFile, writeFile } from "node:fs/promises";

/** Draws docs/journey.svg: how an event travels. With `--check` it writes nothing and fails if the file is another. */
const FILE = new URL("../docs/journey.svg", import.meta.url);
const WIDTH = 960;
const HEIGHT = 455;

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** The first line is the name. */
  readonly lines: readonly string[];
  readonly kind: "outside" | "step" | "store" | "end";
}

const boxes = {
  sender: { x: 20, y: 50, width: 130, height: 70, lines: ["Any system"], kind: "outside" },
  checked: { x: 300, y: 60, width: 100, height: 50, lines: ["checked"], kind: "step" },
  matched: { x: 430, y: 60, width: 100, height: 50, lines: ["matched"], kind: "step" },
  sealed: { x: 560, y: 60, width: 100, height: 50, lines: ["sealed"], kind: "step" },
  commit: {
    ...{ x: 690, y: 50, width: 230, height: 70, kind: "store" },
    lines: ["one commit, on disk", "the event and its deliveries"],
  },
  inbox: {
    ...{ x: 40, y: 215, width: 250, height: 70, kind: "step" },
    lines: ["inbox", "comes again until it is acked"],
  },
  webhook: {
    ...{ x: 670, y: 215, width: 250, height: 70, kind: "step" },
    lines: ["webhook", "signed, retried for about 75 h"],
  },
  consumer: { x: 40, y: 375, width: 250, height: 60, lines: ["Your consumer"], kind: "outside" },
  endpoint: { x: 670, y: 375, width: 250, height: 60, lines: ["Your endpoint"], kind: "outside" },
  acknowledged: { x: 395, y: 220, width: 170, height: 60, lines: ["acknowledged"], kind: "end" },
  dead: {
    ...{ x: 395, y: 330, width: 170, height: 70, kind: "end" },
    lines: ["dead letter", "kept, with its reason"],
  },
} as const satisfies Readonly<Record<string, Box>>;

/** A line along points; both ends have a head if it goes both ways. */
interface Arrow {
  readonly points: string;
  readonly isBothWays?: true;
}

const arrows: readonly Arrow[] = [
  { points: "150,85 298,85" },
  { points: "720,120 720,138 85,138 85,122" },
  { points: "400,85 428,85" },
  { points: "530,85 558,85" },
  { points: "660,85 688,85" },
  { points: "805,120 805,213" },
  { points: "805,190 165,190 165,213" },
  { points: "120,285 120,373" },
  { points: "210,375 210,287" },
  { points: "750,285 750,373" },
  { points: "840,375 840,287" },
  { points: "290,242 393,242" },
  { points: "670,242 567,242" },
  { points: "290,270 340,270 340,360 393,360", isBothWays: true },
  { points: "670,270 620,270 620,360 567,360", isBothWays: true },
];

/** Words beside lines: where they stand, and how. */
const labels: readonly (readonly [x: number, y: number, anchor: "start" | "middle" | "end", text: string])[] =
  [
    [298, 44, "start", "Triggers API"],
    [214, 77, "middle", "POST /v1/events"],
    [214, 130, "middle", "201, stored"],
    [480, 182, "middle", "the same deliveries, by pull and by push"],
    [110, 330, "end", "lease"],
    [220, 330, "start", "ack"],
    [740, 330, "end", "signed POST"],
    [850, 330, "start", "2xx"],
    [342, 234, "middle", "ack"],
    [618, 234, "middle", "2xx"],
    [480, 309, "middle", "attempts used up ⇄ redrive"],
  ];

function drawBox({ x, y, width, height, lines, kind }: Box): string {
  const middle = x + width / 2;
  const first = y + height / 2 + 5 - (lines.length - 1) * 11;
  const texts = lines.map((line, index) => {
    const look = index === 0 ? "name" : "note";
    return `<text class="${look}" x="${middle}" y="${first + index * 22}" text-anchor="middle">${line}</text>`;
  });
  return [
    `<rect class="${kind}" x="${x}" y="${y}" width="${width}" height="${height}" rx="8"/>`,
    ...texts,
  ].join("\n");
}

function drawArrow({ points, isBothWays }: Arrow): string {
  const start = isBothWays === true ? ' marker-start="url(#head)"' : "";
  return `<polyline class="line" points="${points}"${start} marker-end="url(#head)"/>`;
}

const STYLE = `
  svg { --page: #ffffff; --ink: #1f2328; --faint: #59636e; --line: #59636e; --step: #eef2f7; --store: #d9f0e1; --end: #fff4d6; --frame: #c6ced7 }
  @media (prefers-color-scheme: dark) {
    svg { --page: #0d1117; --ink: #f0f6fc; --faint: #a3adb8; --line: #8d96a0; --step: #1c2430; --store: #12341f; --end: #3a2f10; --frame: #3d4650 }
  }
  text { font: 14px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; fill: var(--ink) }
  .name { font-weight: 600; font-size: 15px }
  .note, .label { fill: var(--faint); font-size: 13px }
  .page { fill: var(--page) }
  .server { fill: none; stroke: var(--frame); stroke-width: 1.5; stroke-dasharray: 5 4 }
  .outside { fill: var(--page); stroke: var(--ink); stroke-width: 1.5 }
  .step { fill: var(--step); stroke: var(--frame); stroke-width: 1.5 }
  .store { fill: var(--store); stroke: var(--frame); stroke-width: 1.5 }
  .end { fill: var(--end); stroke: var(--frame); stroke-width: 1.5 }
  .line { fill: none; stroke: var(--line); stroke-width: 1.5 }
  .head { fill: var(--line) }
`;

const DESCRIPTION =
  "Any system posts an event. It is checked, matched with the subscriptions and sealed; event and deliveries reach the disk in one commit; then 201 is answered. " +
  "By pull, a consumer leases deliveries from an inbox and acknowledges them. By push, an endpoint gets a signed POST and answers 2xx. " +
  "What is not acknowledged comes again; when its attempts are used up it is a dead letter, which is kept and can be redriven.";

function drawJourney(): string {
  const words = labels.map(
    ([x, y, anchor, text]) => `<text class="label" x="${x}" y="${y}" text-anchor="${anchor}">${text}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="title description">`,
    '<title id="title">How an event travels</title>',
    `<desc id="description">${DESCRIPTION}</desc>`,
    `<style>${STYLE}</style>`,
    '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto-start-reverse"><path class="head" d="M0,0 L8,4 L0,8 z"/></marker></defs>',
    `<rect class="page" width="${WIDTH}" height="${HEIGHT}" rx="10"/>`,
    `<rect class="server" x="280" y="20" width="660" height="135" rx="12"/>`,
    ...arrows.map(drawArrow),
    ...Object.values(boxes).map(drawBox),
    ...words,
    "</svg>",
    "",
  ].join("\n");
}

const drawing = drawJourney();
if (!process.argv.includes("--check")) await writeFile(FILE, drawing);
else if ((await readFile(FILE, "utf8").catch(() => "")) !== drawing) {
  console.error("docs/journey.svg is not what scripts/draw-journey.ts draws: run `npm run docs`");
  process.exitCode = 1;
}
