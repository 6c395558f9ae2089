/** A random idempotency key of 128 bits. By `getRandomValues`: `randomUUID` is only there on secure pages. */
export function makeKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
