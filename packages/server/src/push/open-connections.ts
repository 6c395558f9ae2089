import type { Socket } from "node:net";
import { type buildConnector, Client } from "undici";
import { type Answering, limitHead } from "./limit-head.ts";
import { passOverContinue } from "./pass-over-continue.ts";

/** One request and its answer at a time. */
export interface Connection {
  readonly client: Client;
  /** To be set with each request. */
  answering: Answering | null;
}

/** Connections that are kept alive, by origin. */
export interface Connections {
  /** One that is idle, or a new one, for one request. */
  take(origin: string): Connection;
  /** The request is over. `isReusable`: its answer was read to the end. */
  giveBack(origin: string, connection: Connection, isReusable: boolean): void;
  /** Origins with a connection, or about to have one. */
  origins(): number;
  /** Ends all of them. */
  destroy(): Promise<void>;
}

export interface ConnectionOptions extends Client.Options {
  readonly connect: buildConnector.connector;
}

/**
 * One client of undici for each connection. Its own pools take 16 KB for each origin, look through all connections for a free one, and are made anew for every request to an endpoint that refuses connections.
 * How many there are at a time is the caller's to limit.
 */
export function openConnections(options: ConnectionOptions): Connections {
  /** The last one was used last. */
  const idle = new Map<string, Connection[]>();
  const counts = new Map<string, number>();
  const connections = new Set<Connection>();
  /** What has lost its connection is not used again. */
  const disconnected = new WeakSet<Connection>();

  function open(origin: string): Connection {
    const connection = makeConnection(origin, options);
    connections.add(connection);
    counts.set(origin, (counts.get(origin) ?? 0) + 1);
    connection.client.on("disconnect", () => {
      disconnected.add(connection);
      const waiting = idle.get(origin);
      const place = waiting?.indexOf(connection) ?? -1;
      if (place < 0) return;
      waiting?.splice(place, 1);
      discard(origin, connection);
    });
    return connection;
  }

  function discard(origin: string, connection: Connection): void {
    if (!connections.delete(connection)) return;
    const count = (counts.get(origin) ?? 0) - 1;
    if (count > 0) counts.set(origin, count);
    else {
      counts.delete(origin);
      idle.delete(origin);
    }
    void connection.client.destroy();
  }

  function keep(origin: string, connection: Connection): void {
    const waiting = idle.get(origin);
    if (waiting === undefined) idle.set(origin, [connection]);
    else waiting.push(connection);
  }

  return {
    take: (origin) => idle.get(origin)?.pop() ?? open(origin),
    giveBack(origin, connection, isReusable) {
      connection.answering = null;
      if (isReusable && !disconnected.has(connection)) keep(origin, connection);
      else discard(origin, connection);
    },
    origins: () => counts.size,
    async destroy() {
      await Promise.all([...connections].map(({ client }) => client.destroy()));
    },
  };
}

function makeConnection(origin: string, { connect, ...options }: ConnectionOptions): Connection {
  const connectTo: buildConnector.connector = (target, callback) =>
    connect(target, (...made) => {
      if (made[0] === null) prepare(made[1], connection);
      callback(...made);
    });
  const client = new Client(origin, { ...options, connect: connectTo });
  const connection: Connection = { client, answering: null };
  return connection;
}

function prepare(socket: Socket, connection: Connection): void {
  limitHead(socket, () => connection.answering);
  passOverContinue(socket);
}
