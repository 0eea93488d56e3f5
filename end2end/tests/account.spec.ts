import { expect, hydrated, inspect, PASSWORD, signIn, test } from "../support/fixtures.ts";

test.use({ shop: "account" });

const OTHER_PASSWORD = "another-password-of-mine";

test("a wrong password is told, the address is kept, and signing in leads to where one was going", async ({ page }) => {
  await page.goto("/audiences");
  await expect(page).toHaveURL(/\/sign-in/);
  await hydrated(page);
  await page.getByLabel("Email").fill("marketer@heliograph.demo");
  await page.getByLabel("Password").fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await expect(page.getByLabel("Email")).toHaveValue("marketer@heliograph.demo");
  await inspect(page, "sign-in");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(/\/audiences$/);
});

test("one changes one's name, theme and password, and ends other sessions", async ({ page, browser, baseURL }) => {
  await signIn(page, "analyst");
  const context = await browser.newContext({ baseURL });
  const other = await context.newPage();
  await signIn(other, "analyst");

  await page.goto("/account");
  await hydrated(page);
  await page.getByLabel("Name", { exact: true }).fill("Ada Bianchi");
  await page.getByRole("button", { name: "Save name" }).click();
  await expect(page.getByRole("button", { name: /Account of Ada Bianchi/ })).toBeVisible();
  await inspect(page, "account");

  const change = async (from: string, to: string) => {
    await page.getByLabel("Current password").fill(from);
    await page.getByLabel("New password").fill(to);
    await page.getByRole("button", { name: "Change password" }).click();
  };
  await change("wrong", OTHER_PASSWORD);
  await expect(page.getByLabel("Current password")).toHaveAttribute("aria-invalid", "true");
  await change(PASSWORD, OTHER_PASSWORD);
  await expect(page.getByText("Password changed. Your other sessions have ended.")).toBeVisible();
  await other.goto("/reports");
  await expect(other).toHaveURL(/\/sign-in/);
  await context.close();

  await page.goto("/account");
  await hydrated(page);
  await page.getByRole("main").getByText("Dark", { exact: true }).click();
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
});

test("an address that does not exist leads home, and Ctrl K leads anywhere", async ({ page }) => {
  await signIn(page, "marketer");
  const answer = await page.goto("/nowhere");
  expect(answer?.status()).toBe(404);
  await hydrated(page);
  await expect(page.getByRole("link", { name: "Go to Home" })).toBeVisible();
  await inspect(page, "not-found");

  await page.keyboard.press("Control+k");
  await page.keyboard.type("abandoned");
  await expect(page.getByRole("option", { name: /Abandoned basket/ })).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/journeys\/[0-9a-f-]{36}$/);
});

test("what only the first letters of a word have found is not offered for the whole word", async ({ page }) => {
  await signIn(page, "marketer");
  await hydrated(page);
  await page.keyboard.press("Control+k");
  await page.keyboard.type("a");
  const options = page.getByRole("option");
  await expect(options.filter({ hasText: "Abandoned basket" })).toBeVisible();
  await expect(options.filter({ hasNotText: /abandoned/i }).first()).toBeVisible();
  // The answer to the whole word does not come.
  await page.route("**/console/find*", () => {});
  await page.keyboard.type("bandoned");
  await expect(options).toHaveCount(1);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/journeys\/[0-9a-f-]{36}$/);
});
