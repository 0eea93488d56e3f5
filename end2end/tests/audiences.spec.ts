import { expect, hydrated, inspect, test } from "../support/fixtures.ts";

test.use({ shop: "audiences" });

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
  await expect(count).toContainText(/1,0\d\d/);

  await page.getByRole("button", { name: "Add test" }).click();
  await expect(count).toContainText("Counted once the rule is complete.");
  await page.getByLabel("Field", { exact: true }).fill("homeAddress.city");
  await page.getByLabel("Value", { exact: true }).fill("Milan");
  await expect(page.getByText("City is Milan")).toBeVisible();
  await expect(count).toContainText(/% of 1,0\d\d profiles/);
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
  await expect(page).toHaveURL(/\/audiences\/[0-9a-f-]{36}$/);
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

test("groups, counts of events and what is not meant make a rule, and leaving asks", async ({ page }) => {
  await page.goto("/audiences");
  await hydrated(page);
  await page.getByRole("button", { name: "New audience" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Cities, not buyers");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Audience: Cities, not buyers" })).toBeAttached();
  // Come to by a link, it is left by the browser's Back without loading a page anew.
  await page.goto("/audiences");
  await hydrated(page);
  await page.getByRole("link", { name: "Cities, not buyers" }).click();
  await expect(page.getByRole("heading", { name: "Audience: Cities, not buyers" })).toBeAttached();
  const count = page.getByRole("region", { name: "People" });
  const counted = async () => {
    await expect(count).toContainText(/% of 1,0\d\d profiles/);
    return Number((await count.getByText(/^[\d,]+$/).innerText()).replace(",", ""));
  };

  // Either city. What a field is called does for its path.
  await page.getByRole("button", { name: "Add group" }).click();
  const cities = page.getByRole("group", { name: "Any of these" });
  for (const [index, city] of ["Milan", "Rome"].entries()) {
    await cities.getByRole("button", { name: "Add test" }).click();
    await cities.getByLabel("Field", { exact: true }).nth(index).fill("City");
    await cities.getByLabel("Field", { exact: true }).nth(index).blur();
    await expect(cities.getByLabel("Field", { exact: true }).nth(index)).toHaveValue("homeAddress.city");
    await cities.getByLabel("Value", { exact: true }).nth(index).fill(city);
  }
  await expect(page.getByText(/Milan or .*Rome/)).toBeVisible();
  const either = await counted();
  expect(either).toBeGreaterThan(0);

  // And nothing bought in the last two days.
  await page.getByRole("button", { name: "Add group" }).last().click();
  const none = page.getByRole("group", { name: "Any of these" }).last();
  await none.getByLabel("How the tests go together").selectOption("None of these");
  const not = page.getByRole("group", { name: "None of these" });
  await not.getByRole("button", { name: "Add test" }).click();
  await not.getByLabel("What is tested").selectOption("Events");
  await not.getByLabel("Event type").fill("Purchase");
  await not.getByLabel("Event type").blur();
  await expect(not.getByLabel("Event type")).toHaveValue("commerce.purchases");
  await not.getByLabel("How long back").fill("365");
  await expect.poll(counted).toBeLessThan(either);
  await inspect(page, "audience-groups");

  // Leaving asks, and staying loses nothing.
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Profiles" }).click();
  const leave = page.getByRole("dialog", { name: "Leave without saving?" });
  await leave.getByRole("button", { name: "Stay" }).click();
  await expect(leave).toBeHidden();
  await page.goBack();
  await expect(leave).toBeVisible();
  await leave.getByRole("button", { name: "Stay" }).click();
  await expect(page.getByLabel("How long back")).toHaveValue("365");
  await page.getByRole("button", { name: "Save audience" }).click();
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
  await page.getByLabel("Description").fill("Who may like a trail near home");
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Profiles" }).click();
  await leave.getByRole("button", { name: "Leave without saving" }).click();
  await expect(page).toHaveURL(/\/profiles$/);
});
