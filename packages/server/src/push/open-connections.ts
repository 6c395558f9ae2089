import { Client } from "undici";

/** Connections that are kept alive, by origin. */
export interface Connections {
  /** One that is idle, or a new one, for one request. */
  take(origin: string): Client;
  /** The request is over. `isReusable`: its answer was read to the end. */
  giveBack(origin: string, client: Client, isReusable: boolean): void;
  /** Origins with a connection, or about to have one. */
  origins(): number;
  /** Ends all of them. */
  destroy(): Promise<void>;
}

/**
 * One client of undici for each connection. Its own pools take 16 KB for each origin, look through all connections for a free one, and are made anew for every request to an endpoint that refuses connections.
 * How many there are at a time is the caller's to limit.
 */
export function openConnections(options: Client.Options): Connections {
  /** The last one was used last. */
  const idle = new Map<string, Client[]>();
  const counts = new Map<string, number>();
  const clients = new Set<Client>();
  /** What has lost its connection is not used again. */
  const disconnected = new WeakSet<Client>();

  function open(origin: string): Client {
    const client = new Client(origin, options);
    clients.add(client);
    counts.set(origin, (counts.get(origin) ?? 0) + 1);
    client.on("disconnect", () => {
      disconnected.add(client);
      const waiting = idle.get(origin);
      const place = waiting?.indexOf(client) ?? -1;
      if (place < 0) return;
      waiting?.splice(place, 1);
      discard(origin, client);
    });
    return client;
  }

  function discard(origin: string, client: Client): void {
    if (!clients.delete(client)) return;
    const count = (counts.get(origin) ?? 0) - 1;
    if (count > 0) counts.set(origin, count);
    else {
      counts.delete(origin);
      idle.delete(origin);
    }
    void client.destroy();
  }

  function keep(origin: string, client: Client): void {
    const waiting = idle.get(origin);
    if (waiting === undefined) idle.set(origin, [client]);
    else waiting.push(client);
  }

  return {
    take: (origin) => idle.get(origin)?.pop() ?? open(origin),
    giveBack(origin, client, isReusable) {
      if (isReusable && !disconnected.has(client)) keep(origin, client);
      else discard(origin, client);
    },
    origins: () => counts.size,
    async destroy() {
      await Promise.all([...clients].map((client) => client.destroy()));
    },
  };
}
