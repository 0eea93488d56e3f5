import { expect, hydrated, inspect, test } from "../support/fixtures.ts";

// Pushes have to go out before Apple's and Google's keys are known to work.
test.use({ shop: "home", shoppers: "some" });

test("home says how the shop stands, and leads each role to what is theirs", async ({ page, signedIn }) => {
  test.slow();
  await signedIn("marketer");
  await page.goto("/");
  await hydrated(page);
  const running = page.getByRole("table", { name: /Journeys that are live/ });
  await expect(running.getByRole("link")).toHaveCount(2);

  // The sample shop is set up as soon as both keys have worked; then the tasks fold themselves away.
  await expect(page.getByText("9 of 9 done")).toBeVisible({ timeout: 45_000 });
  await page.getByText("9 of 9 done").click();
  await expect(page.getByRole("listitem").filter({ hasText: "Publish a message" })).toContainText("(Done)");
  const main = page.getByRole("main");
  await expect(main.getByRole("link", { name: "Messages" })).toBeVisible();
  await expect(main.getByRole("link", { name: "People" })).toHaveCount(0);
  // The chart is one stop for the keyboard, and its arrows walk along the hours.
  const hours = page.getByRole("img", { name: /^Pushes by hour/ });
  await hours.press("ArrowLeft");
  const tip = page.locator(".chart .tip");
  await expect(tip).toContainText("Accepted");
  const last = await tip.innerText();
  await hours.press("ArrowLeft");
  await expect(tip).not.toHaveText(last, { useInnerText: true });
  await hours.press("Escape");
  await expect(tip).toBeHidden();
  await inspect(page, "home");

  await running.getByRole("link").first().click();
  await expect(page).toHaveURL(/\/reports\/live\/journeys\//);
});

test("home goes on by itself when something is set up", async ({ page, browser, signedIn }) => {
  test.slow();
  await signedIn("admin");
  await page.goto("/");
  await hydrated(page);
  await page.getByText("9 of 9 done").click({ timeout: 45_000 });
  await expect(page.getByText("4 people")).toBeVisible();
  const other = await browser.newContext();
  const admin = await other.newPage();
  await signedIn("admin", admin);
  await admin.goto("/administration/users");
  await hydrated(admin);
  await admin.getByRole("button", { name: "Add person" }).click();
  const dialog = admin.getByRole("dialog", { name: "Add person" });
  await dialog.getByLabel("Name").fill("Pia Nordin");
  await dialog.getByLabel("Email").fill("pia@heliograph.demo");
  await dialog.getByLabel("First password").fill("a long first password");
  await dialog.getByRole("button", { name: "Add person" }).click();
  await expect(admin.getByRole("row", { name: /Pia Nordin/ })).toBeVisible();
  await other.close();
  await expect(page.getByText("5 people")).toBeVisible();
});

test("a page whose code can’t be fetched says so, and comes when it is loaded anew", async ({ page, signedIn }) => {
  await signedIn("developer");
  await page.goto("/");
  await hydrated(page);
  await page.route("**/split_set_up.wasm", (route) => route.abort());
  await page.getByRole("link", { name: "Data collection" }).click();
  await expect(page.getByRole("heading", { name: "This page could not be fetched" })).toBeVisible();
  await page.unroute("**/split_set_up.wasm");
  await page.getByRole("link", { name: "Load it anew" }).click();
  await expect(page.getByRole("heading", { name: "Datastreams" })).toBeVisible();
});
