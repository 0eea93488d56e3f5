import { expect, hydrated, inspect, test } from "../support/fixtures.ts";

test.use({ shop: "profiles" });

test("a person is found by name or identity and shown whole", async ({ page, signedIn }) => {
  await signedIn("marketer");
  await page.goto("/profiles");
  await hydrated(page);
  const rows = page.getByRole("table", { name: "Profiles" }).getByRole("row");
  await expect(rows).toHaveCount(51);
  await page.getByRole("link", { name: "Next page" }).click();
  await expect(page).toHaveURL(/after=/);
  await inspect(page, "profiles");

  const search = page.getByRole("searchbox", { name: "Search profiles" });
  await search.fill("lindqvist");
  await expect(page).toHaveURL(/q=lindqvist/);
  const person = rows.filter({ hasText: "@example.com" }).first();
  await expect(person).toContainText("Lindqvist");
  const email = (await person.getByRole("cell").nth(1).innerText()).trim();
  await search.fill(`Email:${email}`);
  await expect(rows).toHaveCount(2);
  await rows.nth(1).getByRole("link").click();

  await expect(page.getByRole("heading", { level: 1 })).toContainText("Lindqvist");
  await expect(page.getByText(email).first()).toBeVisible();
  const attributes = page.getByRole("table", { name: "Attributes" });
  await expect(attributes.getByRole("row", { name: /City/ })).toBeVisible();
  await page.getByText("Show as JSON").click();
  await expect(page.getByRole("figure", { name: "Attributes as JSON" })).toContainText('"homeAddress"');
  for (const part of ["Events", "Journeys", "Deliveries", "Identities", "Devices", "Consent", "Audiences"]) {
    await expect(page.getByRole("heading", { name: part, exact: true })).toBeVisible();
  }
  await inspect(page, "profile");
});

test("a marketer offers a profile for previews, a developer may not", async ({ page, signedIn, browser, server }) => {
  await signedIn("marketer");
  await page.goto("/profiles");
  await hydrated(page);
  await page.getByRole("table", { name: "Profiles" }).getByRole("link").first().click();
  await page.getByRole("button", { name: "Use for previews", exact: true }).click();
  await expect(page.getByRole("button", { name: "Stop using for previews" })).toBeVisible();
  const name = await page.getByRole("heading", { level: 1 }).innerText();
  await page.goto("/profiles?previews=only");
  await expect(page.getByRole("link", { name, exact: true })).toBeVisible();
  const address = await page.getByRole("link", { name, exact: true }).getAttribute("href");

  const developer = await (await browser.newContext({ baseURL: server.url })).newPage();
  await signedIn("developer", developer);
  await developer.goto(address ?? "");
  await expect(developer.getByRole("heading", { level: 1 })).toHaveText(name);
  await expect(developer.getByRole("button", { name: /previews/ })).toHaveCount(0);
});
