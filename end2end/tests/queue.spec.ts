import { type Page } from "@playwright/test";

import { expect, hydrated, inspect, openMessage, test } from "../support/fixtures.ts";
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
  await openMessage(page, "Basket reminder");
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

test("an app is stopped at once, what is queued waits, and it is sent again or dropped", async ({ page, signedIn, server }) => {
  // It goes to many pages, one after the other.
  test.slow();
  await signedIn("admin");
  const rows = page.getByRole("table", { name: "Queue" }).getByRole("row");
  const nothing = page.getByRole("heading", { name: "Nothing is waiting" });
  const names = ["Trailhead for iPhone", "Trailhead for Android"];
  const app = async (name: string) => {
    await page.goto("/app-configurations");
    await page.getByRole("link", { name, exact: true }).click();
    await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
    await hydrated(page);
  };
  const stop = async (name: string) => {
    await app(name);
    await page.getByRole("button", { name: "Stop sending", exact: true }).click();
    const dialog = page.getByRole("dialog", { name: `Stop sending to ${name}?` });
    await expect(dialog).toContainText("What is queued waits");
    await dialog.getByRole("button", { name: "Stop sending" }).click();
    await expect(dialog).toBeHidden();
    await expect(page.getByText(`Sending to ${name} is stopped`)).toBeVisible();
    await expect(page.getByText(/Stopped by .+, /)).toBeVisible();
    await expect(page.getByRole("button", { name: "Stop sending", exact: true })).toHaveCount(0);
  };

  // It is stopped from its own page, which goes on saying so, as the home page does.
  for (const name of names) await stop(name);
  await inspect(page, "app-configuration-stopped");
  await page.reload();
  await expect(page.getByText(`Sending to ${names[1]} is stopped`)).toBeVisible();
  await page.goto("/");
  await expect(page.getByText(`Sending to ${names[0]} is stopped`)).toBeVisible();

  // So do the pages where a marketer would wonder why nothing goes out.
  const held = page.getByRole("status").filter({ hasText: `Sending to ${names[0]} is stopped: its pushes wait.` });
  for (const address of ["/journeys", "/reports/live/all/all", "/messages"]) {
    await page.goto(address);
    await expect(held).toBeVisible();
  }
  await hydrated(page);
  await inspect(page, "messages-held");
  await openMessage(page, "Basket reminder");
  await expect(held).toBeVisible();
  await inspect(page, "message-held");
  // A message that does not go to the app is not concerned.
  const goesTo = page.getByRole("checkbox", { name: names[0] });
  await goesTo.uncheck();
  await expect(held).toHaveCount(0);
  await goesTo.check();
  await held.getByRole("link", { name: "See what to do" }).click();
  await expect(page.getByRole("heading", { level: 1, name: names[0] })).toBeVisible();

  // What is queued then waits, though the providers would take it.
  await answer(server);
  const pushes = await push(page);
  await page.goto("/administration/queue");
  await hydrated(page);
  const waiting = rows.filter({ hasText: "Sending is stopped" });
  const counts = async () => (await waiting.locator("td.num").allInnerTexts()).reduce((sum, n) => sum + Number(n), 0);
  await expect.poll(counts).toBe(pushes);
  await inspect(page, "queue-stopped");

  // Both are sent again from here, and all of it arrives.
  for (const name of names) {
    const region = page.getByRole("region", { name: `Sending to ${name} is stopped` });
    await region.getByRole("button", { name: "Send again" }).click();
    await expect(page.getByText(`Sending to ${name} is stopped`)).toHaveCount(0);
  }
  await expect(page.getByText("Pushes go out again").first()).toBeVisible();
  await expect(nothing).toBeVisible();
  await page.goto("/messages");
  await expect(page.getByRole("link", { name: "Basket reminder", exact: true })).toBeVisible();
  await hydrated(page);
  await expect(held).toHaveCount(0);

  // Stopped once more, what waits is dropped.
  for (const name of names) await stop(name);
  await push(page);
  for (const name of names) {
    await app(name);
    await page.getByRole("button", { name: "Drop what is queued" }).click();
    const dialog = page.getByRole("dialog", { name: `Drop what is queued for ${name}?` });
    await expect(dialog).toContainText("can't be undone");
    await dialog.getByRole("button", { name: "Drop pushes" }).click();
    await expect(dialog).toBeHidden();
    await page.getByRole("button", { name: "Send again" }).click();
    await expect(page.getByText(`Sending to ${name} is stopped`)).toHaveCount(0);
  }
  await page.goto("/administration/queue");
  await expect(nothing).toBeVisible();
  await page.goto("/administration/audit");
  const log = page.getByRole("table", { name: "Changes" });
  await expect(log.getByRole("row", { name: /Stopped sending to/i }).first()).toBeVisible();
  await expect(log.getByRole("row", { name: /Went on sending to/i }).first()).toBeVisible();
});

test("an app whose phones are nearly all called not valid is stopped, and says why", async ({ page, signedIn, server }) => {
  test.slow();
  await signedIn("admin");
  // What a marketer's press asks the server for is asked so often that it can't be chance.
  const pressed = page.waitForRequest((request) => request.method() === "POST" && /\/console\/\w*proof/.test(request.url()));
  await answer(server, { kind: "not_valid" });
  await push(page);
  const request = await pressed;
  const body = request.postData() ?? "";
  const type = request.headers()["content-type"] ?? "";
  await page.evaluate(
    async ({ url, body, type }) => {
      for (let sent = 0; sent < 24; sent += 1) {
        await fetch(url, { method: "POST", headers: { "content-type": type }, body });
      }
    },
    { url: request.url(), body, type },
  );
  await page.goto("/administration/queue");
  await hydrated(page);
  const notice = page.getByRole("region", { name: /phones of .+ were refused within a minute/ });
  await expect(notice.first()).toContainText("no phone was retired");
  await inspect(page, "queue-guarded");
  const name = /phones of (.+) were refused/.exec((await notice.first().getAttribute("aria-label")) ?? "")?.[1] ?? "";
  await page.goto("/app-configurations");
  await page.getByRole("link", { name, exact: true }).click();
  await expect(notice).toContainText("Probably the credential is of another project or environment");
  await hydrated(page);
  await inspect(page, "app-configuration-guarded");

  // Once it is put right, it goes on by hand.
  await answer(server);
  await notice.getByRole("button", { name: "Send again" }).click();
  await expect(notice).toHaveCount(0);
});

test("nothing is asked while nobody sees the page, and never twice at once", async ({ page, signedIn }) => {
  test.slow();
  await signedIn("admin");
  let open = 0;
  let most = 0;
  let asked = 0;
  await page.route(/\/console\/queue\d+/, async (route) => {
    asked += 1;
    open += 1;
    most = Math.max(most, open);
    // Slower than the page asks.
    await new Promise((done) => setTimeout(done, 5000));
    open -= 1;
    await route.continue().catch(() => undefined);
  });
  await page.goto("/administration/queue");
  await hydrated(page);
  await expect.poll(() => asked, { timeout: 30_000 }).toBeGreaterThan(1);
  expect(most).toBe(1);

  const see = (hidden: boolean) =>
    page.evaluate((hidden) => {
      Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
      document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
    }, hidden);
  await see(true);
  await expect.poll(() => open, { timeout: 10_000 }).toBe(0);
  const before = asked;
  await page.waitForTimeout(4000);
  expect(asked).toBe(before);
  await see(false);
  await expect.poll(() => asked).toBe(before + 1);
});

test("the app’s own queue leads to the whole", async ({ page, signedIn }) => {
  await signedIn("admin");
  await page.goto("/app-configurations");
  await page.getByRole("link", { name: "Trailhead for iPhone" }).click();
  await page.getByRole("link", { name: "See the queue" }).click();
  await expect(page).toHaveURL(/\/administration\/queue$/);
  await expect(page.getByRole("heading", { name: "Queue", level: 2 })).toBeVisible();
});

test("what waits for its moment is seen in the queue, and its delivery says when it goes", async ({ page, signedIn }) => {
  // It goes to many pages, one after the other.
  test.slow();
  await signedIn("admin");
  await page.goto("/journeys");
  await page.getByRole("link", { name: "Weekend trail guide" }).click();
  await expect(page).toHaveURL(/\/journeys\/[0-9a-f-]{36}$/);
  await hydrated(page);
  await page.getByRole("button", { name: "Publish journey" }).click();
  await page
    .getByRole("dialog", { name: "Publish this journey?" })
    .getByRole("button", { name: "Publish", exact: true })
    .click();
  await page.goto("/administration/queue");
  await hydrated(page);
  const row = page.getByRole("row", { name: /Spread over a window/ }).first();
  await expect(row).toContainText("It goes out by itself at its moment");
  await inspect(page, "queue-spread");
  await row.getByRole("button", { name: /Actions for/ }).click();
  await expect(row.getByRole("button", { name: "Drop…" })).toBeVisible();
  await expect(row.getByRole("button", { name: "Retry now" })).toHaveCount(0);

  await openMessage(page, "Weekend trail guide, gold");
  await page.goto(page.url().replace("/messages/", "/reports/live/messages/"));
  await page.getByRole("row", { name: /waiting: Spread over a window/ }).getByRole("link").first().click();
  await expect(page.getByRole("status").filter({ hasText: "Spread over a window" })).toBeVisible();
  await expect(page.getByText(/^Goes out/)).toBeVisible();
  await inspect(page, "delivery-spread");
});

test("a delivery’s page follows until it has arrived", async ({ page, context, signedIn, server }) => {
  test.slow();
  await signedIn("admin");
  await answer(server, { kind: "unavailable", retry_after: 900 });
  await push(page);
  await page.getByRole("link", { name: /^Follow/ }).first().click();
  await expect(page.getByRole("heading", { level: 1, name: /^Delivery of/ })).toBeVisible();
  const happened = page.getByRole("main").getByRole("list").filter({ hasText: "Queued" });
  await expect(page.getByText("Waiting", { exact: true }).first()).toBeVisible();
  await expect(happened).toContainText("busy");
  const why = page.locator("details").filter({ hasText: "Why this text?" });
  await why.getByText("Why this text?").click();
  const link = page.getByRole("main").getByRole("link", { name: "Basket reminder" });
  await link.focus();

  await answer(server);
  const other = await context.newPage();
  await other.goto("/administration/queue");
  await hydrated(other);
  const rows = other.getByRole("table", { name: "Queue" }).getByRole("row").filter({ hasText: "busy" });
  while ((await rows.count()) > 0) {
    const before = await rows.count();
    await rows.first().getByRole("button", { name: /Actions for/ }).click();
    await rows.first().getByRole("button", { name: "Retry now" }).click();
    await expect.poll(() => rows.count()).toBeLessThan(before);
  }
  await other.close();
  await expect(page.getByText("Accepted", { exact: true }).first()).toBeVisible();
  await expect(happened).toContainText(/Attempt 2, answered in \d+ ms/);
  // What was opened and where one was stays.
  await expect(why).toHaveAttribute("open", "");
  await expect(link).toBeFocused();
  await inspect(page, "delivery-followed");
});
