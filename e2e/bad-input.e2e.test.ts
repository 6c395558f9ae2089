import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { framingCases } from "./bad-input/framing-cases.ts";
import type { RequestCase } from "./bad-input/refusal.ts";
import { REQUEST_CASES } from "./bad-input/request-cases.ts";
import { expectStatus, postEvent, readFeed } from "./harness/calls.ts";
import { type Answer, type Client, connect, type Problem } from "./harness/client.ts";
import { parseAnswers, sendRaw } from "./harness/raw-socket.ts";
import { type Program, startProgram } from "./harness/start-program.ts";

const KEY = "key-of-the-bad-input-test-000000000";
const EVENT = '{"payload":{"a":1}}';

describe("Bad input", () => {
  let program: Program;
  let client: Client;
  let lastId: string;

  beforeAll(async () => {
    program = await startProgram({ env: { TRIGGERS_BOOTSTRAP_API_KEY: KEY } });
    client = connect(program, KEY);
    lastId = (await postEvent(client, { payload: { first: true } })).event_id;
  });
  afterAll(async () => {
    client?.[Symbol.dispose]();
    await program?.[Symbol.asyncDispose]();
  });

  async function expectNothingStored(): Promise<void> {
    const page = await client.send<{ data: { id: string }[] }>("GET", "/v1/events?limit=2");
    expect(expectStatus(page, 200).data.map(({ id }) => id)).toEqual([lastId]);
  }

  it("is tried in more than 120 ways", () => {
    const requests = Object.values(REQUEST_CASES).flat();
    expect(requests.length + framingCases(KEY).length).toBeGreaterThan(120);
    const names = requests.map(({ title }) => title);
    expect(new Set(names).size).toBeGreaterThan(120);
  });

  describe.each(Object.entries(REQUEST_CASES))("in %s", (_, cases) => {
    it.each(cases)("is refused: $title → $status $code", async (bad) => {
      const answer = await client.send<Problem>(bad.method, bad.path, bad);
      expectProblem(answer, bad);
      await expectNothingStored();
    });
  });

  describe("in the framing", () => {
    it.each(framingCases(KEY))("is refused: $title", async ({ bytes, answers, ends }) => {
      const { text, isClosed } = await sendRaw(program.url, bytes, ends ? { ends } : {});
      if (text === "") {
        expect(isClosed).toBe(true);
        expect(answers).toContain("closed");
      } else {
        expectRawProblem(text, answers);
      }
      await expectNothingStored();
    });
  });

  it("of one item does not touch its neighbours in a batch", async () => {
    const events = [
      { payload: { good: 1 } },
      { payload: 1 },
      { payload: {}, type: "a b" },
      { payload: { good: 2 } },
    ];
    const batch = await client.send<{ results: { outcome: string; event_id?: string; error?: Problem }[] }>(
      "POST",
      "/v1/events/batch",
      { body: { events } },
    );
    const { results } = expectStatus(batch, 200);
    expect(results.map(({ outcome }) => outcome)).toEqual(["created", "failed", "failed", "created"]);
    expect(results[1]?.error).toMatchObject({ status: 422, code: "invalid_request" });
    const feed = await readFeed(client);
    expect(feed.map(({ payload }) => payload)).toEqual([{ first: true }, { good: 1 }, { good: 2 }]);
  });
});

describe("Unusual but sound requests", () => {
  let program: Program;
  let client: Client;
  let stored = 0;
  const head = (line: string, more: string) =>
    `${line}\r\nHost: t\r\nAuthorization: Bearer ${KEY}\r\n${more}\r\n`;
  const post = (version: string, more: string) =>
    head(`POST /v1/events HTTP/${version}`, `Content-Type: application/json\r\n${more}`);

  beforeAll(async () => {
    program = await startProgram({ env: { TRIGGERS_BOOTSTRAP_API_KEY: KEY } });
    client = connect(program, KEY);
  });
  afterAll(async () => {
    client?.[Symbol.dispose]();
    await program?.[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    stored = (await readFeed(client)).length;
  });
  const expectStored = async (count: number) => expect(await readFeed(client)).toHaveLength(stored + count);

  it("of HTTP/1.0 are answered and the connection closed", async () => {
    const bytes = post("1.0", `Content-Length: ${EVENT.length}\r\n`) + EVENT;
    const { text, isClosed } = await sendRaw(program.url, bytes, { isDone: () => false });
    expect(parseAnswers(text).map(({ status }) => status)).toEqual([201]);
    expect(isClosed).toBe(true);
    await expectStored(1);
  });

  it("one behind the other on a connection are answered in their order", async () => {
    const bytes = Array.from({ length: 20 }, (_, index) => {
      const body = JSON.stringify({ payload: { index } });
      return post("1.1", `X-Request-Id: r${index}\r\nContent-Length: ${body.length}\r\n`) + body;
    }).join("");
    const isDone = (text: string) => parseAnswers(text).length === 20;
    const answers = parseAnswers((await sendRaw(program.url, bytes, { isDone })).text);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    expect(answers.map(({ headers }) => headers.get("x-request-id"))).toEqual(
      answers.map((_, index) => `r${index}`),
    );
    await expectStored(20);
  });

  it("before a faulty one on a connection are answered, what follows it is not taken", async () => {
    const good = post("1.1", `Content-Length: ${EVENT.length}\r\n`) + EVENT;
    const { text, isClosed } = await sendRaw(program.url, `${good}FROB / HTTP/1.1\r\n\r\n${good}`, {
      isDone: () => false,
    });
    expect(isClosed).toBe(true);
    const statuses = parseAnswers(text).map(({ status }) => status);
    expect([[201], [201, 400], []]).toContainEqual(statuses);
    expect((await readFeed(client)).length - stored).toBeLessThanOrEqual(1);
  });

  it("are asked for their body with 100 and then taken", async () => {
    const headers = post(
      "1.1",
      `Expect: 100-continue\r\nConnection: close\r\nContent-Length: ${EVENT.length}\r\n`,
    );
    const { text } = await sendRaw(program.url, headers + EVENT, { isDone: () => false });
    expect(text).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 201 /);
    await expectStored(1);
  });

  it("in chunks, with extensions and trailers, are taken whole", async () => {
    const chunks = [...EVENT].map((char) => `1;a=b\r\n${char}\r\n`).join("");
    const bytes = `${post("1.1", "Transfer-Encoding: chunked\r\n")}${chunks}0\r\nX-Trailer: 1\r\n\r\n`;
    const [answer] = parseAnswers((await sendRaw(program.url, bytes)).text);
    expect(answer?.status).toBe(201);
    await expectStored(1);
  });

  it("with a query of 8 KiB, an absolute URL or lines before them are answered", async () => {
    const long = head(`GET /v1/events?subject=${"a".repeat(8_192)} HTTP/1.1`, "");
    const absolute = head("GET http://elsewhere.invalid/v1/me HTTP/1.1", "");
    const later = `\r\n\r\n${head("GET /v1/me HTTP/1.1", "")}`;
    for (const bytes of [long, absolute, later]) {
      const [answer] = parseAnswers((await sendRaw(program.url, bytes)).text);
      expect(answer?.status).toBeGreaterThanOrEqual(200);
      expect(answer?.status).toBeLessThan(500);
    }
    await expectStored(0);
  });
});

function expectProblem(answer: Answer<Problem>, bad: RequestCase): void {
  const { status, headers, json } = answer;
  expect({ status, code: json?.code, text: answer.bytes.toString() }).toMatchObject({
    status: bad.status,
    code: bad.code,
  });
  expect(headers["content-type"]).toBe("application/problem+json");
  expectComplete(json, bad.status);
  expect(json.request_id).toBe(headers["x-request-id"]);
  if (bad.allow !== undefined) expect(sorted(headers.allow)).toBe(bad.allow);
  if (bad.status === 401) expect(headers["www-authenticate"]).toMatch(/^Bearer /);
  if (bad.code === "invalid_request") expect(json.errors?.length).toBeGreaterThan(0);
}

function expectRawProblem(text: string, allowed: readonly (number | "closed")[]): void {
  const answers = parseAnswers(text);
  expect(answers).toHaveLength(1);
  const [answer] = answers;
  expect(allowed).toContain(answer?.status);
  expect(answer?.headers.get("content-type")).toBe("application/problem+json");
  expectComplete(JSON.parse(answer?.body ?? "") as Problem, answer?.status ?? 0);
}

function expectComplete(problem: Problem, status: number): void {
  expect(problem).toMatchObject({ status, title: expect.any(String), code: expect.any(String) });
  expect(problem.type).toContain(`#${problem.code}`);
  expect(problem.detail).toMatch(/^[A-Z].*\.$/);
  expect(problem.request_id).toMatch(/^[\x20-\x7e]{1,128}$/);
  expect(JSON.stringify(problem)).not.toMatch(/node_modules|\.ts:|SQLITE|at async|\/work\//);
}

function sorted(allow: string | undefined): string {
  return (allow ?? "").split(", ").sort().join(", ");
}
