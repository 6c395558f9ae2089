/**
 * Values of `ce-*` headers (CloudEvents HTTP protocol binding 1.0.2, §3.1.3.2): double-quoted parts are unescaped first, then percent-encoding is
 * undone once. https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md#3132-http-header-values
 */
const PRINTABLE = /^[\x20-\x7e\t]*$/;
const PERCENT = /%(?![0-9A-Fa-f]{2})/;

/** The attribute value behind a header value; null if it is not printable ASCII, its quotes or percent signs do not pair up, or its bytes are not UTF-8. */
export function decodeHeaderValue(value: string): string | null {
  if (!PRINTABLE.test(value)) return null;
  const unquoted = value.includes('"') ? unquote(value) : value;
  if (unquoted === null || !unquoted.includes("%")) return unquoted;
  if (PERCENT.test(unquoted)) return null;
  try {
    return decodeURIComponent(unquoted);
  } catch {
    return null;
  }
}

/** Undoes quoting (RFC 7230 §3.2.6), wherever in the value it stands. */
function unquote(value: string): string | null {
  let plain = "";
  let isQuoted = false;
  for (let at = 0; at < value.length; at++) {
    const char = value.charAt(at);
    if (char === '"') isQuoted = !isQuoted;
    else if (char === "\\" && isQuoted) plain += value.charAt(++at);
    else plain += char;
  }
  return isQuoted ? null : plain;
}
