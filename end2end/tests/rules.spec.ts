import { expect, hydrated, inspect, test } from "../support/fixtures.ts";

test.use({ shop: "rules" });

test("an admin makes a rule set, a message chooses it, and then it can't be deleted", async ({ page, signedIn }) => {
  await signedIn("admin");
  await page.goto("/administration/rules");
  await hydrated(page);
  await expect(page.getByRole("heading", { name: "No rules yet" })).toBeVisible();
  await inspect(page, "rules-empty");

  await page.getByRole("button", { name: "New rule set" }).first().click();
  await page.getByRole("dialog").getByLabel("Name").fill("Gentle nights");
  await page.getByRole("dialog").getByRole("button", { name: "Create rule set" }).click();
  await expect(page).toHaveURL(/\/administration\/rules\/[0-9a-f-]{36}$/);
  await hydrated(page);
  const words = page.locator(".rule-set").getByRole("list").first();
  await expect(words).toHaveText("at most 3 pushes in any day");

  // Caps, quiet hours and pace, read back in words as they are typed.
  const cap = page.getByRole("group", { name: "Cap 1" });
  await cap.getByLabel("At most").fill("2");
  await cap.getByLabel("Span").selectOption("a calendar week");
  await page.getByRole("button", { name: "Add time" }).click();
  const night = page.getByRole("group", { name: "Quiet time 1" });
  await night.getByLabel("From").fill("21:30");
  await night.getByLabel("To", { exact: true }).fill("07:00");
  await night.getByLabel("Sun").uncheck();
  await page.getByRole("button", { name: "Add dates" }).click();
  const holiday = page.getByRole("group", { name: "Quiet dates 1" });
  await holiday.getByLabel("First day").fill("2026-12-24");
  await holiday.getByLabel("Last day").fill("2026-12-26");
  await page.getByLabel(/Let pushes go out evenly/).check();
  await page.getByLabel("Pushes a minute", { exact: true }).fill("500");
  await page.getByLabel(/Begin slowly/).check();
  await expect(words.getByRole("listitem")).toHaveText([
    "no push between 21:30 and 07:00, Mon, Tue, Wed, Thu, Fri, Sat; from 2026-12-24 to 2026-12-26; held until then",
    "at most 2 pushes in a calendar week",
    "at most 500 a minute, from 50 over 10 minutes",
  ]);
  await page.getByLabel("Time zone").fill("Mars/Olympus");
  await page.getByRole("button", { name: "Save rule set" }).click();
  await expect(page.getByText("This is no time zone.").first()).toBeVisible();
  await inspect(page, "rule-set-refused");
  await page.getByLabel("Time zone").fill("Europe/Rome");
  await inspect(page, "rule-set");
  await page.getByRole("button", { name: "Save rule set" }).click();
  await expect(page.getByText("Rule set saved")).toBeVisible();
  await page.reload();
  await hydrated(page);
  await expect(words.getByRole("listitem")).toHaveCount(3);
  await expect(night.getByLabel("Sun")).not.toBeChecked();
  const address = page.url();

  await page.goto("/messages");
  await page.getByRole("link", { name: "Basket reminder" }).click();
  await hydrated(page);
  await page.getByText("Delivery settings").click();
  await page.getByLabel(/Gentle nights/).check();
  await expect(page.getByRole("status").filter({ hasText: "Saved" })).toBeVisible();

  await page.getByRole("button", { name: "Who, and why?" }).click();
  const outlook = page.getByRole("group", { name: "Who would be held back now?" });
  await expect(outlook.getByText("Would get it now")).toBeVisible();
  // The demo's audience is small enough to be looked at as a whole.
  await expect(outlook.getByText("People in the audience")).toBeVisible();
  await inspect(page, "message-rules");

  await page.goto("/administration/rules");
  await hydrated(page);
  await expect(page.getByRole("row", { name: /Gentle nights/ })).toContainText("1 message");
  await inspect(page, "rules");
  await page.goto(address);
  await hydrated(page);
  await expect(page.getByRole("link", { name: "Basket reminder" })).toBeVisible();
  await page.getByRole("button", { name: "Delete" }).click();
  await expect(page.getByRole("dialog")).toContainText("cannot be deleted while a message chooses it");
});

test("a transactional message is published by an admin alone", async ({ page, signedIn }) => {
  await signedIn("marketer");
  await page.goto("/messages");
  await page.getByRole("link", { name: "Basket reminder" }).click();
  await hydrated(page);
  await page.getByText("Delivery settings").click();
  await page.getByLabel("Purpose").selectOption("transactional");
  await expect(page.getByRole("group", { name: "Rule sets" })).toHaveCount(0);
  await expect(page.getByRole("status").filter({ hasText: "Saved" })).toBeVisible();
  await page.getByRole("button", { name: "Publish message" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Publish", exact: true }).click();
  await expect(dialog).toContainText("only an admin may publish it");
});
