import { describe, expect, it } from "vitest";
import { parseNetworks } from "./judge-address.ts";
import { judgeUrl, TARGET_URL_LENGTH } from "./judge-url.ts";
import { PUBLIC_HOSTS, REFUSED_HOSTS } from "./testing/refused-hosts.ts";

const outcomeOf = (url: string, cidrs: readonly string[] = []): string =>
  judgeUrl(url, parseNetworks(cidrs)).outcome;

function detailOf(url: string): string | null {
  const judgement = judgeUrl(url, []);
  return judgement.outcome === "refused" ? judgement.detail : null;
}

describe("judgeUrl", () => {
  it("knows more than 150 hosts that are not public, each of them once", () => {
    expect(new Set(REFUSED_HOSTS).size).toBe(REFUSED_HOSTS.length);
    expect(REFUSED_HOSTS.length).toBeGreaterThan(150);
  });

  it.each(REFUSED_HOSTS)("refuses the host %s", (host) => {
    expect(URL.canParse(`http://${host}/hook`)).toBe(true);
    expect(outcomeOf(`http://${host}/hook`)).toBe("refused");
    expect(outcomeOf(`https://${host}:8443/hook`)).toBe("refused");
  });

  it.each(PUBLIC_HOSTS)("lets the host %s pass", (host) => {
    expect(outcomeOf(`https://${host}/hook?a=b`)).toBe("ok");
  });

  it.each([
    ["http://127.0.0.1/", ["127.0.0.0/8"]],
    ["http://0x7f.1:9000/", ["127.0.0.0/8"]],
    ["http://localhost:9000/", ["127.0.0.0/8"]],
    ["http://localhost.:9000/", ["::1/128"]],
    ["http://[::ffff:10.0.0.1]/", ["10.0.0.0/8"]],
    ["http://[fd00::1]/", ["fd00::/8"]],
  ])("lets %s pass when %s is allowed", (url, cidrs) => {
    expect(outcomeOf(url, cidrs)).toBe("ok");
  });

  it("lets no localhost pass because another network is allowed", () => {
    expect(outcomeOf("http://localhost/", ["10.0.0.0/8"])).toBe("refused");
  });

  it.each([
    "ftp://example.com/",
    "file:///etc/passwd",
    "gopher://example.com/",
    "example.com",
    "//example.com/",
    "https://",
    "",
    "javascript:1",
  ])("refuses %j, which is no http or https URL", (url) => {
    expect(detailOf(url)).toBe("The URL must be an http or https URL.");
  });

  it.each([
    "http://1.2.3.4.5/",
    "http://256.1.1.1/",
    "http://[::1%25eth0]/",
    "http://[::1/",
    "http://a b/",
    "http://exa<mple/",
    "http://x:99999/",
  ])("refuses %s, whose host or port is none", (url) => {
    expect(outcomeOf(url)).toBe("refused");
  });

  it("takes an address with too many dots for none", () => {
    expect(detailOf("http://127.0.0.1../")).toContain("no IP address");
  });

  it.each(["https://user@example.com/", "https://user:secret@example.com/", "https://:secret@example.com/"])(
    "refuses the credentials of %s",
    (url) => {
      expect(detailOf(url)).toBe("The URL must not contain credentials; send them in a header.");
    },
  );

  it.each([0, 22, 25, 5432, 6379])("refuses port %d", (port) => {
    expect(detailOf(`https://example.com:${port}/`)).toBe(
      "The URL must not have one of the ports 0, 22, 25, 5432, 6379.",
    );
  });

  it.each([1, 80, 443, 8080, 65535])("lets port %d pass", (port) => {
    expect(outcomeOf(`https://example.com:${port}/`)).toBe("ok");
  });

  it.each([
    "https://exa\nmple.com/",
    "https://example.com/a b",
    " https://example.com/",
    "https://example.com/\t",
    "https://exam\u0000ple.com",
  ])("refuses %j for its spaces and control characters", (url) => {
    expect(detailOf(url)).toBe("The URL must not contain spaces or control characters.");
  });

  it("refuses a URL that is too long", () => {
    const url = "https://example.com/".padEnd(TARGET_URL_LENGTH, "a");
    expect(outcomeOf(url)).toBe("ok");
    expect(detailOf(`${url}a`)).toBe("The URL must have at most 2048 characters.");
  });

  it("reads a backslash as the slash that it is to the connector", () => {
    expect(outcomeOf("http://127.0.0.1\\@example.com/")).toBe("refused");
    expect(outcomeOf("http://example.com\\@127.0.0.1/")).toBe("ok");
  });
});
