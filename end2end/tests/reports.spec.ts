import { readFile } from "node:fs/promises";

import type { Page } from "@playwright/test";

import { expect, hydrated, inspect, test } from "../support/fixtures.ts";

test.use({ shop: "reports", shoppers: "some" });

/** Opens a report as soon as something has been counted in it. */
async function counted(page: Page, path: string): Promise<void> {
  await expect(async () => {
    await page.goto(path);
    await expect(page.getByRole("table", { name: "By message" })).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 60_000 });
  await hydrated(page);
}

test("reports are found by name and kind, and lead to their figures", async ({ page, signedIn }) => {
  await signedIn("analyst");
  await page.goto("/reports");
  await hydrated(page);
  const table = page.getByRole("table", { name: "Reports" });
  await expect(table.getByRole("row").nth(1)).toBeVisible();
  await inspect(page, "reports");

  const filter = page.getByRole("navigation", { name: "Kind" });
  await filter.getByRole("link", { name: "Messages" }).click();
  await expect(page).toHaveURL(/kind=messages/);
  await expect(table.getByText("Journey", { exact: true })).toHaveCount(0);
  await page.getByRole("searchbox", { name: "Search reports" }).fill("nothing is called so");
  await expect(page.getByRole("heading", { name: "No report fits" })).toBeVisible();
  await page.goto("/reports?kind=journeys");
  await table.getByRole("link", { name: /^Live report/ }).first().click();
  await expect(page).toHaveURL(/\/reports\/live\/journeys\//);
});

test("a journey’s report tells its days, its steps and its reasons, and can be taken away", async ({ page, signedIn }) => {
  await signedIn("analyst");
  test.slow();
  await counted(page, "/reports/global/all/all");
  await page.getByRole("table", { name: "By journey" }).getByRole("link").first().click();
  await expect(page).toHaveURL(/\/reports\/global\/journeys\//);
  const days = page.getByRole("table", { name: "Figures by day" }).last();
  await expect(days.getByRole("row")).toHaveCount(29);
  await expect(page.getByRole("table", { name: "Step by step" }).getByRole("row").nth(2)).toBeVisible();
  await inspect(page, "report-global-journey");

  const waiting = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download CSV: Figures by day" }).click();
  const file = await (await waiting).path();
  const lines = (await readFile(file, "utf8")).trim().split("\r\n");
  expect(lines[0]).toMatch(/^Day,Entered,Left,Targeted,/);
  expect(lines).toHaveLength(29);

  await page.getByRole("navigation", { name: "Days" }).getByRole("link", { name: "7 days" }).click();
  await expect(page).toHaveURL(/days=7/);
  await expect(days.getByRole("row")).toHaveCount(8);

  // Two dates of one's own; long ago nothing had happened.
  await page.getByLabel("From").fill("2020-01-01");
  await page.getByLabel("To", { exact: true }).fill("2020-01-31");
  await page.getByRole("button", { name: "Show" }).click();
  await expect(page.getByRole("heading", { name: "Nothing happened in these days" })).toBeVisible();
  await expect(page.getByText(/1 Jan 2020 to 31 Jan 2020/)).toBeVisible();
});

test("a message’s report and that of everything lead to each other", async ({ page, signedIn }) => {
  await signedIn("marketer");
  test.slow();
  await counted(page, "/reports/global/all/all");
  await inspect(page, "report-global-all");
  await page.getByRole("table", { name: "By message" }).getByRole("link").first().click();
  await expect(page).toHaveURL(/\/reports\/global\/messages\//);
  await expect(page.getByRole("table", { name: "By journey" }).getByRole("link").first()).toBeVisible();
  await inspect(page, "report-global-message");
});

test("what can become of a push is explained, and found by a word", async ({ page, signedIn }) => {
  await signedIn("analyst");
  await page.goto("/help/delivery-outcomes");
  await hydrated(page);
  await expect(page.getByRole("heading", { name: "Apple busy" })).toBeVisible();
  await expect(page.getByText("It is tried again after 15 minutes and 30 minutes, then every hour")).toBeVisible();
  await inspect(page, "help-delivery-outcomes");
  await page.getByRole("searchbox", { name: "Search outcomes" }).fill("quota");
  await expect(page.getByRole("heading", { name: "Apple busy" })).toBeHidden();
  await expect(page.getByRole("heading", { name: "Google’s quota reached" })).toBeVisible();
});
