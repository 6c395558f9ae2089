import { expect, test } from "vitest";
import { leaseWish, newEvent, openTestFlow } from "./testing/open-test-flow.ts";

test("a new project has its own key and main inbox and sees nothing of another", async () => {
  const { flow, projectId } = await openTestFlow();
  const { project, token } = await flow.createProject("second");
  expect(await flow.findCredential(token)).toMatchObject({
    projectId: project.id,
    scopes: ["project:admin"],
  });
  await flow.acceptEvents(projectId, [newEvent()]);
  expect(await flow.leaseInbox(await flow.findInbox(project.id, "main"), leaseWish())).toEqual([]);
});

test("a second start makes no second first project", async () => {
  const { flow, store } = await openTestFlow();
  expect(await flow.ensureFirstProject(null)).toBeNull();
  expect(await store.listProjects({ afterId: null, limit: 10 })).toHaveLength(1);
});

test("a deleted project takes no event, opens no key, and leaves no row", async () => {
  const { flow, store, clock } = await openTestFlow();
  const { project, token } = await flow.createProject("second");
  await flow.acceptEvents(project.id, [newEvent(), newEvent()]);
  await flow.deleteProject(project.id);
  expect(await flow.findCredential(token)).toBeNull();
  await expect(flow.acceptEvents(project.id, [newEvent()])).rejects.toMatchObject({
    code: "unauthenticated",
  });
  await expect(flow.readProject(project.id)).rejects.toMatchObject({ code: "not_found" });
  await clock.advance(2_000);
  expect(await store.purgeProject(project.id, 10)).toBe(0);
});
