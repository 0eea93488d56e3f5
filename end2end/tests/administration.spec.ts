import { expect, hydrated, inspect, signIn, test } from "../support/fixtures.ts";

test.use({ shop: "administration" });

const FIRST = "the first password";
const SECOND = "the second password";

test("a person is added, changed, kept out and let in again", async ({ page, browser, signedIn }) => {
  await signedIn("admin");
  await page.goto("/administration/users");
  await hydrated(page);
  await expect(page.getByRole("table", { name: "Who may do what" })).toBeVisible();
  await inspect(page, "users");

  // What is wrong is told at the field, and what was typed stays.
  await page.getByRole("button", { name: "Add person" }).click();
  const add = page.getByRole("dialog", { name: "Add person" });
  await add.getByLabel("Name").fill("Noor Haddad");
  await add.getByLabel("Email").fill("marketer@heliograph.demo");
  await add.getByLabel("Role").selectOption("Analyst");
  await add.getByLabel("First password").fill("short");
  await add.getByRole("button", { name: "Add person" }).click();
  await expect(add.getByText("Use at least 10 characters.")).toBeVisible();
  await add.getByLabel("First password").fill(FIRST);
  await add.getByRole("button", { name: "Add person" }).click();
  await expect(add.getByText("Somebody signs in with this address already.")).toBeVisible();
  await add.getByLabel("Email").fill("noor@heliograph.demo");
  await add.getByRole("button", { name: "Add person" }).click();
  const row = page.getByRole("row", { name: /Noor Haddad/ });
  await expect(row).toContainText("Analyst");

  const theirs = await browser.newContext();
  const noor = await theirs.newPage();
  const enter = async (password: string) => {
    await noor.goto("/sign-in");
    await noor.getByLabel("Email").fill("noor@heliograph.demo");
    await noor.getByLabel("Password", { exact: true }).fill(password);
    await noor.getByRole("button", { name: "Sign in" }).click();
  };
  await enter(FIRST);
  await expect(noor.getByRole("heading", { name: "Home" })).toBeVisible();

  const choose = async (entry: string) => {
    await row.getByRole("button", { name: "Actions for Noor Haddad" }).click();
    await row.getByRole("button", { name: entry }).click();
  };
  await choose("Change name or role");
  const edit = page.getByRole("dialog", { name: "Change Noor Haddad" });
  await edit.getByLabel("Role").selectOption("Developer");
  await edit.getByRole("button", { name: "Save person" }).click();
  await expect(row).toContainText("Developer");

  await choose("Reset password");
  const reset = page.getByRole("dialog", { name: /Reset the password/ });
  await reset.getByLabel("New password").fill(SECOND);
  await reset.getByRole("button", { name: "Reset password" }).click();
  await expect(page.getByText("Password reset. Their sessions have ended.")).toBeVisible();
  await noor.goto("/reports");
  await expect(noor).toHaveURL(/sign-in/);
  await enter(SECOND);
  await expect(noor.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Data collection" })).toBeVisible();

  await choose("Suspend");
  await page.getByRole("dialog", { name: "Suspend Noor Haddad?" }).getByRole("button", { name: "Suspend person" }).click();
  await expect(row).toContainText("Suspended");
  await noor.goto("/reports");
  await expect(noor).toHaveURL(/sign-in/);
  await enter(SECOND);
  await expect(noor.getByText("Email or password is not right.")).toBeVisible();
  await choose("Reinstate");
  await page.getByRole("dialog", { name: "Reinstate Noor Haddad?" }).getByRole("button", { name: "Reinstate person" }).click();
  await expect(row).toContainText("Active");
  await theirs.close();
});

test("the last admin stays admin", async ({ page, signedIn }) => {
  await signedIn("admin");
  await page.goto("/administration/users");
  await hydrated(page);
  const row = page.getByRole("row", { name: /admin@heliograph\.demo/ });
  await row.getByRole("button", { name: /^Actions for/ }).click();
  await expect(row.getByRole("button", { name: "Suspend" })).toHaveCount(0);
  await row.getByRole("button", { name: "Change name or role" }).click();
  const edit = page.getByRole("dialog", { name: /^Change/ });
  await edit.getByLabel("Role").selectOption("Analyst");
  await edit.getByRole("button", { name: "Save person" }).click();
  await expect(edit.getByText("There has to be an admin who can sign in.")).toBeVisible();
});

test("the audit log is narrowed by who, what and when", async ({ page, signedIn }) => {
  await signedIn("admin");
  await page.goto("/administration/audit");
  await hydrated(page);
  const table = page.getByRole("table", { name: "Changes" });
  await expect(table.getByRole("row").nth(1)).toContainText("Signed in");
  await inspect(page, "audit");
  await page.getByLabel("Thing").selectOption("Journey");
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(page).toHaveURL(/kind=journey/);
  await expect(table).not.toContainText("Signed in");
  await page.goto("/administration/audit?to=2020-01-01");
  await expect(page.getByRole("heading", { name: "No change fits" })).toBeVisible();
  await page.getByRole("link", { name: "Show all" }).click();
  await expect(table.getByRole("row").nth(1)).toBeVisible();
});

test("the console has the name that it is given", async ({ page, signedIn }) => {
  await signedIn("admin");
  await page.goto("/administration/settings");
  await hydrated(page);
  await inspect(page, "settings");
  await page.getByLabel("Name of this console").fill("Trailhead north");
  await page.getByRole("button", { name: "Save name" }).click();
  const home = page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Trailhead north, Home" });
  await expect(home).toBeVisible();
  await page.reload();
  await expect(home).toBeVisible();
  await signIn(page, "analyst");
  await page.goto("/administration/settings");
  await expect(page.getByRole("heading", { name: "This page is not open to your role" })).toBeVisible();
});
