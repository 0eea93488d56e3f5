import { expect, hydrated, inspect, test } from "../support/fixtures.ts";

test.use({ shop: "messages" });

test("a message is written with its phones beside it, published, changed and restored", async ({ page, signedIn }) => {
  await signedIn("marketer");
  await page.goto("/messages");
  await hydrated(page);
  await page.getByRole("button", { name: "New message" }).first().click();
  const dialog = page.getByRole("dialog", { name: "New message" });
  await dialog.getByLabel("Name").fill("Weekend greeting");
  await dialog.getByRole("button", { name: "Create message" }).click();
  await expect(page).toHaveURL(/\/messages\/[0-9a-f-]{36}$/);

  // An empty message cannot be published, and says why.
  await page.getByRole("button", { name: "Publish message" }).click();
  const publish = page.getByRole("dialog", { name: /this message/ });
  await expect(publish).toContainText("There is nothing to show");
  await expect(publish.getByRole("button", { name: "Publish", exact: true })).toBeDisabled();
  await publish.getByRole("button", { name: "Cancel" }).click();

  // The phones change on the keystroke.
  const title = page.getByLabel("Title", { exact: true });
  const phone = (system: string) => page.getByRole("img", { name: `${system} preview` });
  await title.fill("Hello hiker");
  await expect(phone("iOS")).toContainText("Hello hiker");
  await expect(phone("Android")).toContainText("Hello hiker");

  // Fields are offered while one types, and read from the test profile.
  const body = page.getByLabel("Body", { exact: true });
  await body.pressSequentially("You live in {{profile.homeAddress.ci");
  await expect(page.getByRole("option", { name: "city" })).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(body).toHaveValue("You live in {{profile.homeAddress.city}}");
  await expect(phone("Android")).toContainText(/You live in [A-Z]/);
  await page.getByLabel("Test profile").selectOption("Nobody: every field is empty");
  const preview = page.getByRole("complementary", { name: "Preview" });
  await expect(preview.getByText(/profile\.homeAddress\.city/).first()).toBeVisible();

  // A fault is told with its place, and mended with one click.
  await title.fill("Hello {{profile.person.name.fristName}}");
  await expect(page.getByText(/Line 1, column \d+: .*did you mean firstName/)).toBeVisible();
  await page.getByRole("button", { name: "Use firstName" }).click();
  await expect(title).toHaveValue("Hello {{profile.person.name.firstName}}");

  await preview.getByRole("button", { name: "JSON" }).first().click();
  await expect(page.getByRole("figure", { name: "Payload for iOS", exact: true })).toContainText('"aps"');
  await expect(preview.getByText(/of 4,096 bytes/).first()).toBeVisible();

  await title.fill("Hello hiker");
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Publish message" }).click();
  await publish.getByRole("button", { name: "Publish", exact: true }).click();
  await expect(page.getByText("Published, version 1")).toBeVisible();

  // What was published can become the draft again, and a draft survives a reload.
  await title.fill("Something else");
  await expect(page.getByText("Saving…")).toBeVisible();
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
  await page.reload();
  await hydrated(page);
  await expect(title).toHaveValue("Something else");
  await page.getByRole("button", { name: "History" }).click();
  await page.getByRole("button", { name: "Restore into the draft" }).click();
  await expect(title).toHaveValue("Hello hiker");
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
  await inspect(page, "message");

  await page.goto("/messages?q=weekend");
  await hydrated(page);
  await expect(page.getByRole("row", { name: /Weekend greeting Published, version 1/ })).toBeVisible();
  await page.getByRole("button", { name: "Actions for Weekend greeting" }).click();
  await page.getByRole("button", { name: "Archive", exact: true }).click();
  await page.getByRole("button", { name: "Archive message" }).click();
  await expect(page.getByRole("row", { name: /Weekend greeting/ })).toHaveCount(0);
  await page.getByRole("link", { name: "Archived" }).click();
  await expect(page.getByRole("row", { name: /Weekend greeting Archived/ })).toBeVisible();
});

test("a message that a journey sends is not archived", async ({ page, signedIn }) => {
  await signedIn("marketer");
  await page.goto("/messages");
  await hydrated(page);
  await page.getByRole("button", { name: "Actions for Basket reminder" }).click();
  await page.getByRole("button", { name: "Archive", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: /Basket reminder/ });
  await dialog.getByRole("button", { name: "Archive message" }).click();
  await expect(dialog).toContainText("is used by the journey");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await inspect(page, "messages");
});

test("what someone else has changed is not overwritten", async ({ page, signedIn, browser, baseURL }) => {
  await signedIn("marketer");
  await page.goto("/messages");
  await page.getByRole("link", { name: "Basket reminder" }).click();
  await expect(page).toHaveURL(/\/messages\/[0-9a-f-]{36}$/);
  await hydrated(page);
  const context = await browser.newContext({ baseURL });
  const other = await context.newPage();
  await signedIn("marketer", other);
  await other.goto(page.url());
  await hydrated(other);
  await other.getByLabel("Title", { exact: true }).fill("Theirs");
  await expect(other.getByText("Saving…")).toBeVisible();
  await expect(other.getByText("Saved", { exact: true })).toBeVisible();
  await page.getByLabel("Title", { exact: true }).fill("Mine");
  await expect(page.getByText("Someone else changed this message")).toBeVisible();
  await page.getByRole("button", { name: "Load theirs" }).click();
  await expect(page.getByLabel("Title", { exact: true })).toHaveValue("Theirs");
  await context.close();
});

test("a draft is sent to the phones of a test profile, and followed", async ({ page, signedIn, server }) => {
  await signedIn("marketer");
  await page.goto("/messages");
  await page.getByRole("link", { name: "Basket reminder" }).click();
  await expect(page).toHaveURL(/\/messages\/[0-9a-f-]{36}$/);
  await hydrated(page);
  const words = `Only for me ${Date.now()}`;
  await page.getByLabel("Title", { exact: true }).fill(words);
  await page.getByLabel("Test profile").selectOption("Nobody: every field is empty");
  const send = page.getByRole("button", { name: "Send test push" });
  await expect(send).toBeDisabled();
  await page.getByLabel("Test profile").selectOption({ index: 0 });
  await send.click();
  await expect(page.getByText(/Sent to \d phones?\./)).toBeVisible();

  // It is on the phone as any other push.
  const held = async () => {
    const devices: { token: string }[] = await (await fetch(`${server.control}/devices`)).json();
    for (const { token } of devices) {
      const got = await (await fetch(`${server.control}/devices/${encodeURIComponent(token)}/notifications`)).text();
      if (got.includes(words)) return true;
    }
    return false;
  };
  await expect.poll(held, { timeout: 20_000 }).toBe(true);

  await page.getByRole("link", { name: /^Follow/ }).first().click();
  await expect(page.getByRole("heading", { level: 1, name: /Basket reminder/ })).toBeVisible();
  await expect(page.getByText("Proof", { exact: true })).toBeVisible();
  await expect(page.getByText("Accepted", { exact: true }).first()).toBeVisible();
  await expect(page.getByRole("figure", { name: "Payload" })).toContainText(words);
  await inspect(page, "delivery");
});

test("a message is stopped, journeys skip it, and it is sent again", async ({ page, signedIn }) => {
  await signedIn("marketer");
  await page.goto("/messages");
  await page.getByRole("link", { name: "Basket reminder" }).click();
  await expect(page).toHaveURL(/\/messages\/[0-9a-f-]{36}$/);
  await hydrated(page);
  await page.getByRole("button", { name: "Stop sending" }).click();
  const dialog = page.getByRole("dialog", { name: "Stop sending this message?" });
  await expect(dialog).toContainText("Journeys go on");
  await dialog.getByRole("button", { name: "Stop sending" }).click();
  const notice = page.getByText("Sending this message is stopped");
  await expect(notice).toBeVisible();
  await expect(page.getByRole("button", { name: "Stop sending" })).toBeHidden();
  await inspect(page, "message-stopped");

  // It stays so for whoever comes next, until somebody sends it again.
  await page.reload();
  await expect(notice).toBeVisible();
  await hydrated(page);
  await page.getByRole("button", { name: "Send again" }).click();
  await expect(notice).toBeHidden();
  await expect(page.getByRole("button", { name: "Stop sending" })).toBeVisible();
});

test("whose session has ended signs in beside what was typed, and loses nothing", async ({ page, signedIn, context }) => {
  await signedIn("marketer");
  await page.goto("/messages");
  await page.getByRole("link", { name: "Thank you" }).click();
  await expect(page).toHaveURL(/\/messages\/[0-9a-f-]{36}$/);
  await hydrated(page);
  await context.clearCookies();
  await page.getByLabel("Title", { exact: true }).fill("Typed without a session");
  await expect(page.getByText("Your session has ended")).toBeVisible();
  const opened = context.waitForEvent("page");
  await page.getByRole("link", { name: "Sign in in a new tab" }).click();
  await signedIn("marketer", await opened);
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
  await page.reload();
  await expect(page.getByLabel("Title", { exact: true })).toHaveValue("Typed without a session");
});
