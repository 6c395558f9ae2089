import type { Sample } from "./sample.ts";

export const MONEY_SAMPLES: readonly Sample[] = [
  {
    type: "payment.succeeded",
    source: "payments",
    description: "a payment went through",
    make: (dice) => ({
      subject: dice.id("cus"),
      payload: {
        payment_id: dice.id("pay"),
        amount: dice.whole(500, 50_000),
        currency: dice.pick(["EUR", "USD", "GBP"]),
        method: {
          kind: "card",
          brand: dice.pick(["visa", "mastercard"]),
          last4: String(dice.whole(1_000, 9_999)),
        },
      },
    }),
  },
  {
    type: "payment.failed",
    source: "payments",
    description: "a payment was declined",
    make: (dice) => ({
      subject: dice.id("cus"),
      payload: {
        payment_id: dice.id("pay"),
        amount: dice.whole(500, 50_000),
        currency: "EUR",
        failure: {
          code: dice.pick(["card_declined", "insufficient_funds", "expired_card"]),
          is_final: false,
        },
        attempt: dice.whole(1, 3),
        next_attempt_on: dice.inDays(3),
      },
    }),
  },
  {
    type: "invoice.paid",
    source: "billing",
    description: "an invoice was settled",
    make: (dice) => ({
      subject: dice.id("cus"),
      payload: {
        invoice_id: dice.id("inv"),
        number: `2026-${dice.whole(1_000, 9_999)}`,
        amount: dice.whole(1_900, 99_000),
        currency: "EUR",
        paid_at: dice.ago(3_600),
      },
    }),
  },
  {
    type: "invoice.overdue",
    source: "billing",
    description: "an invoice was not paid in time",
    make: (dice) => ({
      subject: dice.id("cus"),
      payload: {
        invoice_id: dice.id("inv"),
        amount: dice.whole(1_900, 99_000),
        currency: "EUR",
        due_on: dice.inDays(-dice.whole(1, 30)),
        reminders: dice.whole(0, 3),
      },
    }),
  },
];
