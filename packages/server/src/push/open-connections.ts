import { Client, type Dispatcher, errors } from "undici";

type Request = Omit<Dispatcher.DispatchOptions, "origin">;

/** Connections that are kept alive, by origin. */
export interface Connections {
  /** Sends over a connection that is idle, or a new one. `takeBack` is called once the request is over: with true if its connection can be used again. */
  dispatch(
    origin: string,
    request: Request,
    handler: Dispatcher.DispatchHandler,
  ): { takeBack(isReusable: boolean): void };
  /** Origins with a connection, or about to have one. */
  origins(): number;
  /** Ends all of them. */
  destroy(): Promise<void>;
}

const NOTHING = { takeBack: () => {} };

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
  let isClosed = false;

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
    dispatch(origin, request, handler) {
      if (isClosed) {
        handler.onResponseError?.(null as never, new errors.ClientDestroyedError());
        return NOTHING;
      }
      const client = idle.get(origin)?.pop() ?? open(origin);
      client.dispatch(request, handler);
      return {
        takeBack(isReusable) {
          if (isReusable && !disconnected.has(client) && !isClosed) keep(origin, client);
          else discard(origin, client);
        },
      };
    },
    origins: () => counts.size,
    async destroy() {
      isClosed = true;
      await Promise.all([...clients].map((client) => client.destroy()));
    },
  };
}
