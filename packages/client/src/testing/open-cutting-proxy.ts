import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** What happens to a connection: it is cut after so many bytes in one direction. */
export interface Fate {
  readonly direction: "up" | "down";
  readonly afterBytes: number;
}

/** A TCP proxy in front of a server that cuts connections. */
export interface CuttingProxy {
  readonly url: string;
  /** Connections cut so far. */
  cuts(): number;
  /** Cuts every connection, and refuses new ones until `letIn`. */
  shut(): void;
  letIn(): void;
  close(): Promise<void>;
}

/** `fateOf(n)` decides on connection n, from 0; null: it lives. */
export async function openCuttingProxy(
  target: string,
  fateOf: (n: number) => Fate | null,
): Promise<CuttingProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let [count, cuts, isShut] = [0, 0, false];

  const server = createServer((incoming) => {
    if (isShut) {
      incoming.destroy();
      return;
    }
    const fate = fateOf(count++);
    const outgoing = connect(Number(port), hostname);
    const end = (): void => {
      incoming.destroy();
      outgoing.destroy();
    };
    for (const socket of [incoming, outgoing]) {
      sockets.add(socket);
      socket.on("error", end);
      socket.on("close", () => {
        sockets.delete(socket);
        end();
      });
    }
    const cut = (): void => {
      cuts++;
      end();
    };
    pipe(incoming, outgoing, { bytes: fate?.direction === "up" ? fate.afterBytes : null, cut });
    pipe(outgoing, incoming, { bytes: fate?.direction === "down" ? fate.afterBytes : null, cut });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const cutAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cuts: () => cuts,
    shut: () => {
      isShut = true;
      cutAll();
    },
    letIn: () => {
      isShut = false;
    },
    close: async () => {
      cutAll();
      server.close();
      await once(server, "close");
    },
  };
}

interface Cutting {
  /** Null: never. */
  readonly bytes: number | null;
  readonly cut: () => void;
}

function pipe(from: Socket, to: Socket, { bytes, cut }: Cutting): void {
  let left = bytes ?? Number.POSITIVE_INFINITY;
  from.on("data", (chunk: Buffer) => {
    const part = chunk.subarray(0, left);
    left -= chunk.length;
    // What was let through is to arrive before the end does.
    to.write(part, () => {
      if (left < 0) cut();
    });
  });
}
