export interface RequestHead {
  /** Of the server. */
  readonly url: string;
  readonly path: string;
  readonly key: string;
}

/** All of a POST of JSON but its body. */
export function requestHead({ url, path, key }: RequestHead, bodyBytes: number): string {
  const lines = [
    `POST ${path} HTTP/1.1`,
    `Host: ${new URL(url).host}`,
    `Authorization: Bearer ${key}`,
    "Content-Type: application/json",
    `Content-Length: ${bodyBytes}`,
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}
