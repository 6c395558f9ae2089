/** RFC 2046 with the tokens and quoted strings of HTTP: what may be sent back as a `Content-Type`. */
const MEDIA_TYPE =
  /^[!#$%&'*+.^_`|~\w-]+\/[!#$%&'*+.^_`|~\w-]+(?:[ \t]*;[ \t]*[!#$%&'*+.^_`|~\w-]+=(?:[!#$%&'*+.^_`|~\w-]+|"[^"\\\p{Cc}]*"))*$/u;
const LENGTH = 256;
const CHARSET = /[ \t]*;[ \t]*charset="?utf-?8"?(?=[ \t]*(?:;|$))/i;
/** Another charset than UTF-8. */
const FOREIGN_CHARSET = /;\s*charset="?(?!utf-?8"?\s*(?:;|$))/i;

/** True for a media type as RFC 2046 writes it. */
export function isMediaType(text: string): boolean {
  return text.length <= LENGTH && MEDIA_TYPE.test(text);
}

/** True if data of this media type is JSON in UTF-8: subtype `json` or one that ends in `+json`, whatever its other parameters. */
export function isJsonType(mediaType: string): boolean {
  const semicolon = mediaType.indexOf(";");
  const bare = semicolon < 0 ? mediaType : mediaType.slice(0, semicolon);
  return /^[^/]+\/(?:[^/]+\+)?json\s*$/i.test(bare) && !FOREIGN_CHARSET.test(mediaType);
}

/** The same media type, written in one way: JSON is in UTF-8 whether it says so or not. */
export function plainMediaType(mediaType: string): string {
  return mediaType.replace(CHARSET, "").replace(/^[^;]+/, (bare) => bare.toLowerCase());
}
