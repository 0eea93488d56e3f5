import { type Page } from "@playwright/test";

import { expect, hydrated, inspect, openMessage, signIn, test } from "../support/fixtures.ts";

test.use({ shop: "help" });

const PERSONALISATION = "/help/personalisation";

/** The entry of this anchor, with its example. */
function entry(page: Page, id: string) {
  const item = page.locator(`[id="${id}"]`);
  return {
    item,
    template: item.getByRole("textbox"),
    result: item.getByRole("status"),
    reset: item.getByRole("link", { name: "Reset" }),
  };
}

test("a marketer finds a function, tries it, and is told what is wrong", async ({ page, signedIn }) => {
  // It is a long page, and looked at three times.
  test.slow();
  await signedIn("marketer");
  await page.goto(PERSONALISATION);
  await hydrated(page);
  await expect(page).toHaveTitle(/Personalisation/);

  // What is searched for is in the address, and what does not fit is gone from the contents too.
  const contents = page.getByRole("navigation", { name: "Contents" });
  await page.getByRole("searchbox", { name: "Search personalisation" }).fill("formatdate");
  await expect(page).toHaveURL(/\?q=formatdate$/);
  await expect(page.getByRole("heading", { name: "formatDate" })).toBeVisible();
  await expect(page.getByRole("heading", { name: "upperCase" })).toBeHidden();
  await expect(contents.getByRole("link", { name: /Bounds/ })).toBeHidden();
  await expect(page.getByRole("status").filter({ hasText: /entr(y|ies)$/ })).toBeVisible();

  // An example answers at each keystroke, with the data that it then reads.
  const date = entry(page, "formatDate");
  await expect(date.result).toContainText("Wednesday January 01 2020");
  await date.template.fill('{%= formatDate(profile.person.birthDate, "d MMMM", "fr_FR") %}');
  await expect(date.result).toContainText("8 janvier");
  await expect(date.item.getByText("profile.person.birthDate", { exact: true })).toBeVisible();
  await expect(date.item.getByText('"1990-01-08"')).toBeVisible();

  // A fault is told with its place, led to what explains it, and mended with one click.
  await date.template.fill('{%= formatDat(now, "yyyy") %}');
  await expect(date.result).toContainText("No result");
  await expect(date.item.getByText(/Line 1, column 5: There is no function formatDat; did you mean formatDate/)).toBeVisible();
  await expect(date.item.getByRole("link", { name: /About formatDate/ })).toHaveAttribute("href", `${PERSONALISATION}#formatDate`);
  await inspect(page, "help-personalisation-fault");
  await date.item.getByRole("button", { name: "Use formatDate" }).click();
  await expect(date.result).toContainText("2025");
  await date.template.fill("{{profile.workEmail.address}}");
  await expect(date.result).toContainText("nothing");
  await expect(date.item.getByText(/workEmail/).first()).toBeVisible();

  // Searching for something else leaves it as it is; Reset gives the example back.
  const search = page.getByRole("searchbox", { name: "Search personalisation" });
  await search.fill("letter case");
  await expect(page.getByRole("heading", { name: "equalsIgnoreCase" })).toBeVisible();
  await search.fill("formatdate");
  await expect(date.template).toHaveValue("{{profile.workEmail.address}}");
  await date.reset.click();
  await expect(date.result).toContainText("Wednesday January 01 2020");
  await expect(date.reset).toBeHidden();

  // Entries of many chapters; the whole page is as long as fifty screens of a phone.
  await search.fill("list");
  await expect(page.getByRole("heading", { name: "topN" })).toBeVisible();
  await inspect(page, "help-personalisation");

  await search.fill("xyzzy");
  await expect(page.getByRole("heading", { name: "Nothing fits" })).toBeVisible();
  await inspect(page, "help-personalisation-nothing");
});

test("what people most often want to do comes first, and a template can be copied", async ({ page, signedIn, context, baseURL }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: baseURL });
  await signedIn("marketer");
  await page.goto(PERSONALISATION);
  await hydrated(page);
  await expect(page.getByRole("heading", { name: /^How do I .+\?$/ })).toHaveCount(10);
  const date = entry(page, "how-date");
  await expect(date.result).toContainText("Arrives Friday 10 January, 17:30");
  await expect(date.item.getByText("+09:00")).toBeVisible();
  await date.template.fill('{%= formatDate(context.journey.events.order.deliveryAt, "HH:mm") %}');
  await expect(date.result).toContainText("17:30");
  const first = entry(page, "how-first-name");
  await first.template.fill('Dear {%= profile.person.name.firstName ?: "friend" %}');
  await expect(first.result).toContainText("Dear Ada");
  await first.item.getByRole("button", { name: "Copy template" }).click();
  await expect(first.item.getByRole("button", { name: "Copied" })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('Dear {%= profile.person.name.firstName ?: "friend" %}');
});

test("the composer leads from what it offers, and from what is wrong, to what explains it", async ({ page, signedIn, context }) => {
  test.slow();
  await signedIn("marketer");
  await openMessage(page, "Basket reminder");
  const title = page.getByLabel("Title", { exact: true });
  const opens = async (click: () => Promise<void>) => {
    const opened = context.waitForEvent("page");
    await click();
    const other = await opened;
    await expect(other).toHaveURL(/personalisation#formatDate$/);
    await expect(other.getByRole("heading", { name: "formatDate" })).toBeInViewport();
    await other.close();
  };

  // While a function is typed.
  await title.fill("");
  await title.pressSequentially("{%= formatDa");
  await expect(page.getByRole("option", { name: /formatDate/ })).toBeVisible();
  await opens(() => page.getByRole("link", { name: /About formatDate/ }).click());
  // The list is still there: nothing was lost by looking it up.
  await expect(page.getByRole("option", { name: /formatDate/ })).toBeVisible();

  // Where it was called wrongly.
  await title.fill("{%= formatDate(now) %}");
  await page.keyboard.press("Escape");
  await expect(page.getByText(/Line 1, column 5: formatDate takes 2 to 3 arguments, not 1/)).toBeVisible();
  await opens(() => page.getByRole("link", { name: /About formatDate/ }).click());

  // And from the list of fields to all of it.
  await page.getByRole("button", { name: "Insert field" }).first().click();
  await expect(page.getByRole("link", { name: /What else a text can do/ })).toHaveAttribute("href", PERSONALISATION);
  await inspect(page, "message-picker");
});

test("without scripts it is searched and tried by sending it", async ({ browser, baseURL }) => {
  const context = await browser.newContext({ baseURL, javaScriptEnabled: false });
  const page = await context.newPage();
  await signIn(page, "marketer");
  await page.goto(PERSONALISATION);
  await page.getByRole("searchbox", { name: "Search personalisation" }).fill("upper");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\?q=upper$/);
  await expect(page.getByRole("heading", { name: "upperCase" })).toBeVisible();
  await expect(page.getByRole("heading", { name: "formatDate" })).toBeHidden();

  const upper = entry(page, "upperCase");
  await upper.template.fill("{%= upperCase(profile.homeAddress.city) %}");
  await upper.item.getByRole("button", { name: "Show result" }).click();
  await expect(page).toHaveURL(/q=upper&example=upperCase&template=.+#upperCase$/);
  await expect(upper.result).toContainText("TURIN");
  await expect(upper.template).toHaveValue("{%= upperCase(profile.homeAddress.city) %}");
  await expect(upper.item.getByText("profile.homeAddress.city", { exact: true })).toBeVisible();

  await upper.template.fill("{%= upperCase() %}");
  await upper.item.getByRole("button", { name: "Show result" }).click();
  await expect(upper.item.getByText(/upperCase takes 1 argument, not 0/)).toBeVisible();
  await upper.reset.click();
  await expect(page).toHaveURL(/\?q=upper#upperCase$/);
  await expect(upper.result).toContainText("STRASSE");
  await context.close();
});
