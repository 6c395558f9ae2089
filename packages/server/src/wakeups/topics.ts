import type { Topic } from "./wakeups.ts";

/** Something of this subscription may be due. */
export function deliveryTopic(subscriptionId: string): Topic {
  return `deliveries:${subscriptionId}`;
}

/** The feed of this project has grown. */
export function feedTopic(projectId: string): Topic {
  return `feed:${projectId}`;
}

/** A subscription was made or changed. */
export function subscriptionTopic(projectId: string, subscriptionId: string): Topic {
  return `subscription:${projectId}:${subscriptionId}`;
}
