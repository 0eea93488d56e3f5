import { expect, signIn, test } from "../support/fixtures.ts";

test.use({ shop: "shop" });

// The sample shop as each role finds it.
test("each role signs in and sees what is theirs", async ({ page }) => {
  for (const role of ["admin", "developer", "marketer", "analyst"] as const) {
    await page.context().clearCookies();
    await signIn(page, role);
    const journeys = page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Journeys" });
    await expect(journeys).toHaveCount(role === "admin" || role === "marketer" ? 1 : 0);
  }
});

test("the shop’s phones are at the simulator", async ({ server }) => {
  const devices: { token: string }[] = await (
    await fetch(`${server.control}/devices`)
  ).json();
  expect(devices.length).toBeGreaterThan(500);
});
