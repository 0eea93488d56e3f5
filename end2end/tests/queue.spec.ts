import { type Page } from "@playwright/test";

import { expect, hydrated, inspect, test } from "../support/fixtures.ts";
import type { Server } from "../support/server.ts";

test.use({ shop: "queue" });

/** What both providers answer to every push from now on; as usual where nothing is given. */
async function answer(server: Server, outcome?: object): Promise<void> {
  const answer = await fetch(`${server.control}/faults`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ rules: outcome ? [{ outcome }] : [] }),
  });
  expect(answer.ok).toBe(true);
}

/** Sends a draft to the phones of the first test profile; how many those are. */
async function push(page: Page): Promise<number> {
  await page.goto("/messages");
  await page.getByRole("link", { name: "Basket reminder" }).click();
  await expect(page).toHaveURL(/\/messages\/[0-9a-f-]{36}$/);
  await hydrated(page);
  await page.getByLabel("Test profile").selectOption({ index: 0 });
  await page.getByRole("button", { name: "Send test push" }).click();
  const said = await page.getByText(/Sent to \d phones?\./).innerText();
  return Number(/\d+/.exec(said)?.[0]);
}

test("what waits is seen with its reason, tried now, or dropped", async ({ page, signedIn, server }) => {
  await signedIn("admin");
  const rows = page.getByRole("table", { name: "Queue" }).getByRole("row").filter({ hasText: "busy" });
  const nothing = page.getByRole("heading", { name: "Nothing is waiting" });
  const open = async () => {
    await page.goto("/administration/queue");
    await hydrated(page);
  };
  /** Waits until as many pushes wait for a provider that is busy; the names of their apps. */
  const waiting = async (pushes: number) => {
    const counts = async () => (await rows.locator("td.num").allInnerTexts()).reduce((sum, n) => sum + Number(n), 0);
    await expect.poll(counts).toBe(pushes);
    return rows.locator("td:first-child b").allInnerTexts();
  };
  const choose = async (app: string, entry: string) => {
    const row = rows.filter({ hasText: app });
    await row.getByRole("button", { name: `Actions for ${app}` }).click();
    await row.getByRole("button", { name: entry }).click();
  };

  await open();
  await expect(nothing).toBeVisible();
  await inspect(page, "queue-empty");

  await answer(server, { kind: "unavailable", retry_after: 900 });
  const first = await push(page);
  await open();
  const apps = await waiting(first);
  await expect(rows.first()).toContainText("tried again by itself");
  await inspect(page, "queue");

  // The page follows by itself: the rows go as the pushes arrive.
  await answer(server);
  for (const app of apps) {
    await choose(app, "Retry now");
    await expect(page.getByText(/\d push(es are| is) tried now/).first()).toBeVisible();
    await expect(rows.filter({ hasText: app })).toHaveCount(0);
  }
  await expect(nothing).toBeVisible();

  await answer(server, { kind: "unavailable", retry_after: 900 });
  const second = await push(page);
  await open();
  for (const app of await waiting(second)) {
    await choose(app, "Drop…");
    const dialog = page.getByRole("dialog", { name: /^Drop \d+ push(es)?\?$/ });
    await expect(dialog).toContainText(`to ${app} will not be sent`);
    await expect(dialog).toContainText("can't be undone");
    await dialog.getByRole("button", { name: "Drop pushes" }).click();
    await expect(page.getByText(/\d push(es)? dropped/).first()).toBeVisible();
    await expect(rows.filter({ hasText: app })).toHaveCount(0);
  }
  await expect(nothing).toBeVisible();
  await answer(server);

  await page.goto("/administration/audit?kind=queue");
  const log = page.getByRole("table", { name: "Changes" });
  await expect(log.getByRole("row", { name: /Retried/ }).first()).toBeVisible();
  await expect(log.getByRole("row", { name: /Dropped/ }).first()).toBeVisible();
});

test("the app’s own queue leads to the whole", async ({ page, signedIn }) => {
  await signedIn("admin");
  await page.goto("/app-configurations");
  await page.getByRole("link", { name: "Trailhead for iPhone" }).click();
  await page.getByRole("link", { name: "See the queue" }).click();
  await expect(page).toHaveURL(/\/administration\/queue$/);
  await expect(page.getByRole("heading", { name: "Queue", level: 2 })).toBeVisible();
});
