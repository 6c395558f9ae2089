import type { Sample } from "./sample.ts";

export const PEOPLE_SAMPLES: readonly Sample[] = [
  {
    type: "user.signed_up",
    source: "app",
    description: "somebody made an account",
    make(dice) {
      const { id, name, email } = dice.person();
      return {
        subject: id,
        payload: {
          user_id: id,
          name,
          email,
          plan: dice.pick(["free", "team", "business"]),
          referrer: dice.pick(["search", "friend", "conference", null]),
        },
      };
    },
  },
  {
    type: "customer.updated",
    source: "crm",
    description: "a customer's record changed",
    make(dice) {
      const { id, name, email } = dice.person();
      return {
        subject: id,
        payload: {
          customer_id: id,
          changes: { email: { from: null, to: email }, name: { from: name.toUpperCase(), to: name } },
          changed_by: dice.pick(["customer", "support", "import"]),
        },
      };
    },
  },
  {
    type: "form.submitted",
    source: "website",
    description: "somebody sent a form",
    make(dice) {
      const { name, email } = dice.person();
      return {
        subject: email,
        payload: {
          form: "contact",
          answers: {
            name,
            email,
            topic: dice.pick(["sales", "support", "jobs"]),
            message: "Hello! Do you ship to Åland?",
          },
          page: "https://www.example.com/contact",
        },
      };
    },
  },
  {
    type: "meeting.booked",
    source: "calendar",
    description: "a slot was booked",
    make(dice) {
      const { name, email } = dice.person();
      return {
        subject: email,
        payload: {
          meeting_id: dice.id("mtg"),
          with: { name, email },
          day: dice.inDays(dice.whole(1, 14)),
          minutes: dice.pick([15, 30, 60]),
        },
      };
    },
  },
];
