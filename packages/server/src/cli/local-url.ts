import type { AddressInfo } from "node:net";
import type { App } from "../app.ts";

/** Where a server that listens is reached from this machine. */
export function localUrlOf({ server, config }: App): string {
  const { port } = server.server.address() as AddressInfo;
  const host = config.host.includes(":") ? `[${config.host}]` : config.host;
  const isAnywhere = host === "0.0.0.0" || host === "[::]";
  return `${config.tlsCert === null ? "http" : "https"}://${isAnywhere ? "localhost" : host}:${port}`;
}
