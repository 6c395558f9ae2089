import type { Dice } from "./dice.ts";
import type { Sample } from "./sample.ts";

const ARTICLES = [
  { sku: "MUG-BLUE", name: "Mug, blue", price: 1_490 },
  { sku: "TEE-M", name: "T-shirt, M", price: 2_490 },
  { sku: "NOTE-A5", name: "Notebook, A5", price: 890 },
  { sku: "LAMP-01", name: "Desk lamp", price: 5_900 },
] as const;

const ADDRESSES = [
  { city: "Lisbon", country: "PT" },
  { city: "Gdańsk", country: "PL" },
  { city: "Lyon", country: "FR" },
] as const;

/** Amounts are in the smallest unit of their currency. */
export const SHOP_SAMPLES: readonly Sample[] = [
  {
    type: "order.created",
    source: "shop",
    description: "a customer placed an order",
    make(dice) {
      const customer = dice.person();
      const items = itemsOf(dice);
      return {
        subject: customer.id,
        payload: {
          order_id: dice.id("ord"),
          amount: items.reduce((sum, { quantity, price }) => sum + quantity * price, 0),
          currency: "EUR",
          customer,
          items,
          shipping_address: dice.pick(ADDRESSES),
          placed_at: dice.ago(60),
        },
      };
    },
  },
  {
    type: "order.shipped",
    source: "shop",
    description: "a parcel left the warehouse",
    make: (dice) => ({
      subject: dice.id("cus"),
      payload: {
        order_id: dice.id("ord"),
        carrier: dice.pick(["DHL", "UPS", "PostNL"]),
        tracking_number: String(dice.whole(10 ** 11, 10 ** 12 - 1)),
        expected_on: dice.inDays(dice.whole(1, 5)),
      },
    }),
  },
  {
    type: "order.cancelled",
    source: "shop",
    description: "an order was called off before it was shipped",
    make: (dice) => ({
      subject: dice.id("cus"),
      payload: {
        order_id: dice.id("ord"),
        reason: dice.pick(["changed_mind", "found_cheaper", "ordered_twice"]),
        refund: { amount: dice.whole(900, 20_000), currency: "EUR" },
      },
    }),
  },
  {
    type: "stock.low",
    source: "warehouse",
    description: "an article runs out",
    make(dice) {
      const { sku, name } = dice.pick(ARTICLES);
      return { subject: sku, payload: { sku, name, left: dice.whole(0, 5), reorder_at: 10 } };
    },
  },
];

function itemsOf(dice: Dice) {
  return Array.from({ length: dice.whole(1, 3) }, () => ({
    ...dice.pick(ARTICLES),
    quantity: dice.whole(1, 3),
  }));
}
