import type { Sender, SenderOptions } from "./sender.ts";

/**
 * The sender of a process, opened when something is sent for the first time: the HTTP client takes about 20 MB of memory, which a process without webhooks
 * need not have.
 */
export function makeSender(options: SenderOptions): Sender {
  let opened: Sender | null = null;
  let opening: Promise<Sender> | null = null;
  const open = () => {
    opening ??= import("./send-webhook.ts").then(({ openSender }) => {
      opened = openSender(options);
      return opened;
    });
    return opening;
  };
  return {
    send: (request) =>
      opened === null ? open().then((sender) => sender.send(request)) : opened.send(request),
    running: () => opened?.running() ?? 0,
    origins: () => opened?.origins() ?? 0,
    close: async () => {
      await (await opening)?.close();
    },
  };
}
