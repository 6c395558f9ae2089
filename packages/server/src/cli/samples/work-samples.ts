import type { Sample } from "./sample.ts";

export const WORK_SAMPLES: readonly Sample[] = [
  {
    type: "ticket.opened",
    source: "helpdesk",
    description: "a customer asks for help",
    make(dice) {
      const customer = dice.person();
      return {
        subject: customer.id,
        payload: {
          ticket_id: dice.whole(10_000, 99_999),
          subject: dice.pick(["Cannot log in", "Wrong size", "Invoice for August"]),
          urgency: dice.pick(["low", "normal", "urgent"]),
          customer,
        },
      };
    },
  },
  {
    type: "ticket.solved",
    source: "helpdesk",
    description: "a ticket was closed",
    make: (dice) => ({
      subject: dice.id("cus"),
      payload: {
        ticket_id: dice.whole(10_000, 99_999),
        solved_by: dice.person().name,
        minutes_open: dice.whole(3, 4_000),
        rating: dice.pick([null, 3, 4, 5]),
      },
    }),
  },
  {
    type: "deployment.finished",
    source: "ci",
    description: "a version went live, or did not",
    make: (dice) => ({
      subject: "web",
      payload: {
        deployment_id: dice.id("dep"),
        service: "web",
        environment: dice.pick(["staging", "production"]),
        result: dice.pick(["succeeded", "succeeded", "succeeded", "rolled_back"]),
        commit: dice
          .whole(2 ** 28, 2 ** 32 - 1)
          .toString(16)
          .padStart(8, "0"),
        seconds: dice.whole(40, 400),
      },
    }),
  },
  {
    type: "alert.raised",
    source: "monitoring",
    description: "a measurement left its limits",
    make: (dice) => ({
      subject: "api",
      payload: {
        alert_id: dice.id("alr"),
        check: dice.pick(["error_rate", "latency_p99", "disk_used"]),
        value: dice.whole(800, 999) / 10,
        limit: 75,
        since: dice.ago(600),
      },
    }),
  },
  {
    type: "file.uploaded",
    source: "storage",
    description: "a file is complete",
    make: (dice) => ({
      subject: dice.id("cus"),
      payload: {
        file_id: dice.id("fil"),
        name: dice.pick(["report.pdf", "übersicht.xlsx", "photo 7.jpg"]),
        bytes: dice.whole(10_000, 50_000_000),
      },
    }),
  },
];
