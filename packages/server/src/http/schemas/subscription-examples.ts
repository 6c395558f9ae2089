import type { SchemaExamples } from "./examples.ts";
import {
  CANNOT_CHANGE,
  namedSubscriptionInput,
  secretRotation,
  subscriptionChange,
  subscriptionInput,
} from "./subscription.ts";

const inbox = { name: "n", channel: "inbox" };
const url = "https://example.com/hook";
const webhook = (settings: object, more: object = {}) => ({
  channel: "webhook",
  webhook: { url, ...settings },
  ...more,
});

/** The key pair in the examples of Standard Webhooks. */
const SIGNING_KEY =
  "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";

const START = '/start_from must be "now", "earliest" or a time as RFC 3339 writes it';

export const subscriptionExamples: SchemaExamples = {
  SubscriptionInput: {
    schema: subscriptionInput,
    valid: {
      "an inbox for everything": { name: "audit", channel: "inbox" },
      "an ordered inbox for large orders": {
        name: "large-orders",
        channel: "inbox",
        filter: {
          type: [{ prefix: "order." }],
          payload: { amount: [{ numeric: [">", 1_000] }] },
        },
        retry: { max_attempts: 5 },
        ordered: true,
        on_dead: "skip",
        labels: ["customer:acme"],
        start_from: "now",
        expires_at: "2027-01-01T00:00:00Z",
      },
      "a webhook for everything": { channel: "webhook", webhook: { url } },
      "a webhook with settings of its own": {
        name: "orders-to-zapier",
        channel: "webhook",
        filter: { type: [{ prefix: "order." }] },
        webhook: {
          url: "https://hooks.zapier.com/hooks/catch/1/abc/",
          format: "payload",
          headers: { "x-tenant": "acme" },
          timeout_seconds: 15,
          rate_per_second: 25,
          max_in_flight: 10,
        },
        retry: { max_attempts: 5, schedule_seconds: [0, 5, 300] },
        labels: ["customer:acme"],
        secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        start_from: "earliest",
      },
      "a webhook verified with a public key": webhook({}, { signature: "v1a" }),
      "a webhook with a key pair of its own": webhook({}, { secret: SIGNING_KEY }),
      "a webhook that starts at a time": webhook({}, { start_from: "2026-11-22T10:00:00Z" }),
    },
    invalid: {
      "an inbox without a name": { value: { channel: "inbox" }, fault: "/name is required" },
      "no channel": { value: { name: "n" }, fault: "/channel is required" },
      "a channel that is not there": {
        value: { name: "n", channel: "email" },
        fault: '/channel must be one of "inbox", "webhook"',
      },
      "a start in words": { value: { ...inbox, start_from: "yesterday" }, fault: START },
      "a start in seconds": { value: { ...inbox, start_from: 1_700_000_000 }, fault: START },
      "a name like an id": {
        value: { ...inbox, name: "019a0000-0000-7000-8000-000000000000" },
        fault: "/name must not look like an id",
      },
      "a filter that is no object": {
        value: { ...inbox, filter: ["order.*"] },
        fault: "/filter must be an object",
      },
      "no attempt at all": {
        value: { ...inbox, retry: { max_attempts: 0 } },
        fault: "/retry/max_attempts must be at least 1",
      },
      "half an attempt": {
        value: { ...inbox, retry: { max_attempts: 1.5 } },
        fault: "/retry/max_attempts must be a whole number",
      },
      "a schedule for an inbox": {
        value: { ...inbox, retry: { max_attempts: 2, schedule_seconds: [0, 5] } },
        fault: "/retry/schedule_seconds is not a field here",
      },
      "a webhook in an inbox": {
        value: { ...inbox, webhook: { url } },
        fault: "/webhook is not a field here",
      },
      "a label twice": {
        value: { ...inbox, labels: ["a", "a"] },
        fault: "/labels must name each label once",
      },
      "an unknown field": { value: { ...inbox, "a/b": 1 }, fault: "/a~1b is not a field here" },
      "a webhook without its settings": { value: { channel: "webhook" }, fault: "/webhook is required" },
      "a webhook without a URL": {
        value: { channel: "webhook", webhook: {} },
        fault: "/webhook/url is required",
      },
      "a format that is not there": {
        value: webhook({ format: "xml" }),
        fault: '/webhook/format must be one of "event", "payload", "cloudevents"',
      },
      "headers in a list": { value: webhook({ headers: [] }), fault: "/webhook/headers must be an object" },
      "a header that is a number": {
        value: webhook({ headers: { "x-a": 1 } }),
        fault: "/webhook/headers/x-a must be a string",
      },
      "a header as it is answered": {
        value: webhook({ headers: { "x-a": "***" } }),
        fault: "/webhook/headers/x-a must be the value itself, which answers do not show",
      },
      "a timeout of two minutes": {
        value: webhook({ timeout_seconds: 120 }),
        fault: "/webhook/timeout_seconds must be at most 60",
      },
      "no request at a time": {
        value: webhook({ max_in_flight: 0 }),
        fault: "/webhook/max_in_flight must be at least 1",
      },
      "a thousand and one at a time": {
        value: webhook({ max_in_flight: 1_001 }),
        fault: "/webhook/max_in_flight must be at most 1000",
      },
      "a rate of none": {
        value: webhook({ rate_per_second: 0 }),
        fault: "/webhook/rate_per_second must be at least 0.01",
      },
      "an empty schedule": {
        value: webhook({}, { retry: { schedule_seconds: [] } }),
        fault: "/retry/schedule_seconds must not be empty",
      },
      "a wait of more than a week": {
        value: webhook({}, { retry: { schedule_seconds: [0, 604_801] } }),
        fault: "/retry/schedule_seconds/1 must be at most 604800",
      },
      "a hundred and one attempts": {
        value: webhook({}, { retry: { max_attempts: 101 } }),
        fault: "/retry/max_attempts must be at most 100",
      },
      "a secret of another kind": {
        value: webhook({}, { secret: "secret" }),
        fault: "/secret must start with whsec_ or whsk_",
      },
      "a short secret": {
        value: webhook({}, { secret: "whsec_c2hvcnQ=" }),
        fault: "/secret must be the base64 of 24 to 64 bytes",
      },
      "half a signing key": {
        value: webhook({}, { secret: "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbc=" }),
        fault: "/secret must be whsk_ and the base64 of an Ed25519 seed with its public key, 64 bytes",
      },
      "a signature that is not there": {
        value: webhook({}, { signature: "v2" }),
        fault: '/signature must be one of "v1", "v1a"',
      },
      "matches, which the main inbox alone has": {
        value: webhook({}, { matches: "all" }),
        fault: "/matches is not a field here",
      },
    },
  },
  NamedSubscriptionInput: {
    schema: namedSubscriptionInput,
    valid: {
      "an inbox": { channel: "inbox", filter: { type: ["order.created"] } },
      "a webhook": { channel: "webhook", webhook: { url }, labels: ["customer:acme"] },
    },
    invalid: {
      "a name, which stands in the path": { value: inbox, fault: "/name is not a field here" },
      "no object": { value: [], fault: " must be an object" },
    },
  },
  SubscriptionChange: {
    schema: subscriptionChange,
    valid: {
      "nothing to change": {},
      "a new filter": { filter: { type: ["order.created"] } },
      "a slower webhook": { webhook: { rate_per_second: 5 }, retry: { schedule_seconds: null } },
      "a webhook without its name": { name: null },
    },
    invalid: {
      "a new channel": { value: { channel: "webhook" }, fault: `/channel ${CANNOT_CHANGE}` },
      "another start": { value: { start_from: "now" }, fault: `/start_from ${CANNOT_CHANGE}` },
      "no URL any more": { value: { webhook: { url: null } }, fault: "/webhook/url must be a string" },
      "a secret, which is rotated instead": { value: { secret: "s" }, fault: "/secret is not a field here" },
    },
  },
  SecretRotation: {
    schema: secretRotation,
    valid: { "a day of overlap": {}, "at once": { overlap_hours: 0 }, "a key pair": { signature: "v1a" } },
    invalid: {
      "more than 30 days": { value: { overlap_hours: 721 }, fault: "/overlap_hours must be at most 720" },
      "less than none": { value: { overlap_hours: -1 }, fault: "/overlap_hours must be at least 0" },
    },
  },
};
