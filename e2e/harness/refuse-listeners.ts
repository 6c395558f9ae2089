import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** A way to a PostgreSQL server on which no connection for wake-ups comes through. */
export interface Way extends AsyncDisposable {
  readonly url: string;
  /** Connections that were refused. */
  refused(): number;
}

/** The name by which connections for wake-ups say hello. */
const LISTENER = "triggers wake-ups";

export async function refuseListeners(target: string): Promise<Way> {
  const { hostname, port } = new URL(target);
  const open = new Set<Socket>();
  let refused = 0;
  const server = createServer((caller) => {
    open.add(caller);
    caller.on("error", () => undefined);
    caller.once("data", (hello) => {
      if (hello.includes(LISTENER)) {
        refused += 1;
        caller.destroy();
        return;
      }
      const onward = connect(Number(port), hostname);
      open.add(onward);
      onward.on("error", () => caller.destroy());
      caller.on("close", () => onward.destroy());
      onward.on("close", () => caller.destroy());
      onward.write(hello);
      caller.pipe(onward).pipe(caller);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const url = new URL(target);
  url.port = String(typeof address === "object" ? address?.port : "");
  return {
    url: url.href,
    refused: () => refused,
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}
