import { expect, hydrated, inspect, test } from "../support/fixtures.ts";

test.beforeEach(async ({ signedIn }) => signedIn("marketer"));

test("audiences are listed with their rules, counted when asked", async ({ page }) => {
  await page.goto("/audiences");
  await hydrated(page);
  const gold = page.getByRole("row", { name: /Gold members/ });
  await expect(gold).toContainText(/gold/);
  await gold.getByRole("button", { name: "Count people in Gold members" }).click();
  await expect(gold.getByRole("cell").nth(1)).toHaveText(/^[1-9][\d,]*$/);
  await page.getByRole("searchbox", { name: "Search audiences" }).fill("lapsed");
  await expect(page).toHaveURL(/q=lapsed/);
  await expect(page.getByRole("link", { name: "Gold members" })).toHaveCount(0);
  await expect(page.getByRole("link", { name: "Lapsed, reachable" })).toBeVisible();
  await inspect(page, "audiences");
});

test("a rule is built, counted while it changes, saved and deleted", async ({ page }) => {
  await page.goto("/audiences");
  await hydrated(page);
  await page.getByRole("button", { name: "New audience" }).click();
  await page.getByLabel("Name", { exact: true }).fill("People of Milan");
  await page.getByRole("button", { name: "Create audience" }).click();
  await expect(page.getByRole("heading", { name: "Audience: People of Milan" })).toBeAttached();
  const count = page.getByRole("region", { name: "People" });
  await expect(count).toContainText("1,000");

  await page.getByRole("button", { name: "Add test" }).click();
  await expect(count).toContainText("Counted once the rule is complete.");
  await page.getByLabel("Field", { exact: true }).fill("homeAddress.city");
  await page.getByLabel("Value", { exact: true }).fill("Milan");
  await expect(page.getByText("City is Milan")).toBeVisible();
  await expect(count).toContainText(/% of 1,000 profiles/);
  await expect(count.getByRole("listitem")).toHaveCount(10);
  await expect(page.getByText("Unsaved changes")).toBeVisible();
  await page.getByRole("button", { name: "Save audience" }).click();
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();

  await page.reload();
  await expect(page.getByText("City is Milan")).toBeVisible();
  await inspect(page, "audience");
  await hydrated(page);
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByRole("button", { name: "Delete audience" }).click();
  await expect(page).toHaveURL(/\/audiences$/);
  await expect(page.getByRole("link", { name: "People of Milan" })).toHaveCount(0);
});

test("what someone else saved meanwhile is not overwritten", async ({ page, context }) => {
  await page.goto("/audiences");
  await page.getByRole("link", { name: "Bought in the last 30 days" }).click();
  await hydrated(page);
  const other = await context.newPage();
  await other.goto(page.url());
  await hydrated(other);
  await other.getByLabel("Description").fill("One order or more");
  await other.getByRole("button", { name: "Save audience" }).click();
  await expect(other.getByText("Saved", { exact: true })).toBeVisible();

  await page.getByLabel("Description").fill("Mine");
  await page.getByRole("button", { name: "Save audience" }).click();
  await expect(page.getByRole("alert")).toContainText("Someone else changed this audience");
  await page.getByRole("button", { name: "Load theirs" }).click();
  await expect(page.getByLabel("Description")).toHaveValue("One order or more");
});

test("an audience that a journey uses says so instead of being deleted", async ({ page }) => {
  await page.goto("/audiences");
  await page.getByRole("link", { name: "Lapsed, reachable" }).click();
  await hydrated(page);
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("It cannot be deleted while something uses it");
  await expect(dialog.getByRole("button", { name: "Delete audience" })).toHaveCount(0);
  await dialog.getByRole("button", { name: "Close" }).click();
  await expect(dialog).toBeHidden();
});
