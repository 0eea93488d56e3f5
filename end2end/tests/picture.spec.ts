import { Canvas } from "../support/canvas.ts";
import { expect, hydrated, test } from "../support/fixtures.ts";

test.use({ shop: "picture", shoppers: "some" });

// `UPDATE_PICTURE=1` keeps the README's picture; without it this only shows that it can be made.
test("a journey with people on their way through it, for the README", async ({ page, signedIn }) => {
  test.slow();
  await signedIn("marketer");
  await page.goto("/journeys");
  await hydrated(page);
  await page.getByRole("table", { name: "Journeys" }).getByRole("link", { name: "Abandoned basket" }).click();
  await hydrated(page);
  const canvas = new Canvas(page);
  await expect(canvas.surface.getByText("here now").first()).toBeAttached({ timeout: 60_000 });
  await page.screenshot({ path: process.env.UPDATE_PICTURE ? "picture.png" : "test-results/picture.png" });
});
