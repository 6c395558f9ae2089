import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** What happens to what is sent on a way. */
type Mode =
  | { readonly kind: "open" }
  /** Every connection is ended, and each new one at once. */
  | { readonly kind: "cut" }
  /** Half-open: connections stay and new ones are taken, but nothing comes through, not even an end, until the way is open again. */
  | { readonly kind: "stalled" }
  | { readonly kind: "slow"; readonly ms: number };

/** A way to a server that can be disturbed. */
export interface Way extends AsyncDisposable {
  readonly url: string;
  set(mode: Mode): void;
}

export async function openWay(target: string): Promise<Way> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let mode: Mode = { kind: "open" };
  let reopened = Promise.withResolvers<void>();
  /** Waits as long as what came at `at` (monotonic ms) is held up. */
  const pass = async (at: number) => {
    while (mode.kind === "stalled") await reopened.promise;
    const leftMs = mode.kind === "slow" ? at + mode.ms - performance.now() : 0;
    if (leftMs > 0) await delay(leftMs);
  };
  const server = createServer({ noDelay: true }, (caller) => {
    if (mode.kind === "cut") return void caller.destroy();
    const onward = connect({ port: Number(port), host: hostname, noDelay: true });
    for (const socket of [caller, onward]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => sockets.delete(socket));
    }
    forward(caller, onward, pass);
    forward(onward, caller, pass);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const url = new URL(target);
  url.port = String(typeof address === "object" ? address?.port : "");
  const endAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: url.href,
    set(next) {
      mode = next;
      if (mode.kind === "cut") endAll();
      reopened.resolve();
      reopened = Promise.withResolvers();
    },
    async [Symbol.asyncDispose]() {
      mode = { kind: "cut" };
      reopened.resolve();
      server.close();
      endAll();
    },
  };
}

/** What was sent stays in its order, and the end comes behind it. */
function forward(from: Socket, to: Socket, pass: (at: number) => Promise<void>): void {
  let last = Promise.resolve();
  const inTurn = (step: () => void) => {
    const at = performance.now();
    last = last.then(() => pass(at)).then(step);
  };
  from.on("data", (chunk: Buffer) => inTurn(() => void (to.destroyed || to.write(chunk))));
  from.on("close", () => inTurn(() => to.destroy()));
}
