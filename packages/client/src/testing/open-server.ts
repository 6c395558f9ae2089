import { Triggers, type TriggersOptions } from "../index.ts";

/** A server with a project of its own for whoever asks. */
export interface TestServer {
  readonly url: string;
  /** A `project:admin` key. */
  readonly key: string;
  client(options?: Partial<TriggersOptions>): Triggers;
  operator(): Triggers;
  /** A client in another project, in which there is nothing yet. */
  emptyProject(options?: Partial<TriggersOptions>): Promise<Triggers>;
  close(): Promise<void>;
}

/** Where a server runs already: for test runs on platforms that cannot run one themselves. */
interface GivenServer {
  readonly url: string;
  readonly operatorKey: string;
}

declare global {
  var TRIGGERS_TEST_SERVER: GivenServer | undefined;
}

/** Events of 8 MiB are taken, and webhooks go to this machine. */
export async function openServer(): Promise<TestServer> {
  const given = globalThis.TRIGGERS_TEST_SERVER;
  const { url, operatorKey, close } = given === undefined ? await startServer() : { ...given, close: leave };
  const connect = (apiKey: string, options?: Partial<TriggersOptions>): Triggers =>
    new Triggers({ baseUrl: url, apiKey, ...options });
  const operator = connect(operatorKey);
  const makeKey = async (): Promise<string> =>
    (await operator.projects.create({ name: "client tests" })).api_key;
  const key = await makeKey();
  return {
    ...{ url, key, close },
    client: (options) => connect(key, options),
    operator: () => operator,
    emptyProject: async (options) => connect(await makeKey(), options),
  };
}

async function leave(): Promise<void> {}

async function startServer(): Promise<GivenServer & { readonly close: () => Promise<void> }> {
  const { openTestApp } = await import("../../../server/src/http/testing/open-test-app.ts");
  const config = { allowNetworks: ["127.0.0.0/8"], maxEventBytes: 8 * 1024 * 1024 };
  const { server, operatorKey, close } = await openTestApp({ config });
  const url = await server.listen({ port: 0, host: "127.0.0.1" });
  return { url, operatorKey, close };
}
