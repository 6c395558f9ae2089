import { gzipSync } from "node:zlib";
import { ANSWERED, HEAD, type OddEndpoint, writing } from "./odd-endpoint.ts";
import { OK } from "./open-receiver.ts";

/** Made beforehand: it takes longer than a test waits. */
const GZIP_BOMB = gzipSync(Buffer.alloc(10_000_000));

/** Whole answers, but not plain ones. */
export const ODD_ANSWERS: readonly OddEndpoint[] = [
  {
    name: "redirects to the metadata service",
    respond: writing(
      "HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/latest/meta-data/\r\ncontent-length: 0\r\n\r\n",
    ),
    result: { statusCode: 302, errorCode: null },
  },
  {
    name: "redirects permanently, method kept",
    respond: writing("HTTP/1.1 308 Permanent Redirect\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n"),
    result: { statusCode: 308, errorCode: null },
  },
  {
    name: "sends a gzip bomb",
    respond: (socket) => {
      socket.write(`${HEAD}content-encoding: gzip\r\ncontent-length: ${GZIP_BOMB.length}\r\n\r\n`);
      socket.write(GZIP_BOMB);
    },
    result: ANSWERED,
  },
  {
    name: "is gone",
    respond: writing("HTTP/1.1 410 Gone\r\ncontent-length: 3\r\n\r\nbye"),
    result: { statusCode: 410, errorCode: null },
    text: "bye",
  },
  {
    name: "asks to come back later",
    respond: writing("HTTP/1.1 429 Slow\r\nretry-after: 120\r\ncontent-length: 0\r\n\r\n"),
    result: { statusCode: 429, errorCode: null, retryAfter: "120" },
  },
  {
    name: "asks twice to come back later",
    respond: writing("HTTP/1.1 503 Slow\r\nretry-after: 1\r\nretry-after: 2\r\ncontent-length: 0\r\n\r\n"),
    result: { statusCode: 503, errorCode: null, retryAfter: null },
  },
  {
    name: "is slow, but within the deadline",
    respond: (socket) =>
      void setTimeout(() => OK(socket, { head: "", body: Buffer.alloc(0), servername: null }, 1), 100),
    result: ANSWERED,
    text: "ok",
  },
  {
    name: "says 100 first, unasked",
    respond: writing(
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 100 Continue\r\nx: y\r\n\r\n${HEAD}content-length: 2\r\n\r\nok`,
    ),
    result: ANSWERED,
    text: "ok",
  },
  {
    name: "says 100 first, and the rest a little later",
    respond: (socket) => {
      socket.write("HTTP/1.1 100 Continue\r\n\r\n");
      setTimeout(() => socket.write(`${HEAD}content-length: 2\r\n\r\nok`), 30);
    },
    result: ANSWERED,
    text: "ok",
  },
  {
    name: "says 102 and 103 first",
    respond: writing(
      `HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${HEAD}content-length: 2\r\n\r\nok`,
    ),
    result: ANSWERED,
    text: "ok",
  },
  {
    name: "speaks HTTP/1.0 and ends its body by closing",
    respond: (socket) => void socket.end("HTTP/1.0 200 OK\r\n\r\nold"),
    result: ANSWERED,
    text: "old",
    isClosed: true,
  },
  {
    name: "answers 204 and keeps the connection",
    respond: writing("HTTP/1.1 204 No Content\r\n\r\n"),
    result: { statusCode: 204, errorCode: null },
  },
  {
    name: "answers with a body longer than it said",
    respond: writing(`${HEAD}content-length: 2\r\n\r\nok and more`),
    result: ANSWERED,
    text: "ok",
    isClosed: true,
  },
  {
    name: "sends a second answer that nobody asked for",
    respond: writing(`${HEAD}content-length: 2\r\n\r\nok${HEAD}content-length: 2\r\n\r\nno`),
    result: ANSWERED,
    text: "ok",
    isClosed: true,
  },
  {
    name: "closes after the answer, as it says",
    respond: (socket) => void socket.end(`${HEAD}connection: close\r\ncontent-length: 2\r\n\r\nok`),
    result: ANSWERED,
    text: "ok",
    isClosed: true,
  },
  {
    name: "sets cookies",
    respond: writing(`${HEAD}set-cookie: a=b\r\nset-cookie: c=d\r\ncontent-length: 2\r\n\r\nok`),
    result: ANSWERED,
    text: "ok",
  },
];
