import { Canvas } from "../support/canvas.ts";
import { expect, hydrated, inspect, test } from "../support/fixtures.ts";

test.use({ shop: "journeys" });

test("a journey is drawn, changed, put right and published", async ({ page, signedIn }) => {
  test.setTimeout(120_000);
  await signedIn("marketer");
  await page.goto("/journeys");
  await hydrated(page);
  await page.getByRole("button", { name: "New journey" }).first().click();
  const dialog = page.getByRole("dialog", { name: "New journey" });
  await dialog.getByLabel("Name", { exact: true }).fill("Viewed, not bought");
  await dialog.getByRole("button", { name: "Create journey" }).click();
  await expect(page).toHaveURL(/\/journeys\/[0-9a-f-]{36}$/);
  await hydrated(page);
  const canvas = new Canvas(page);
  const { panel, surface } = canvas;
  await expect(surface.getByText("How do people enter this journey?")).toBeVisible();

  // Drawn by dragging and connecting.
  await canvas.drag("Event", 300, 120);
  await panel.getByLabel("Event type").fill("commerce.productViews");
  await canvas.drag("Condition", 300, 230);
  await canvas.drag("Wait", 300, 340);
  await canvas.drag("Message", 300, 450);
  await canvas.drag("End", 300, 560);
  await canvas.connect("Next of Product viewed", canvas.node(/^Condition/));
  await canvas.connect("Yes of Condition", canvas.node(/^Wait/));
  await canvas.connect("Next of Wait 1 hour", canvas.node(/^Message/));
  await canvas.connect("Sent of Message", canvas.node(/^End/));

  // What is wrong is said on the node, and keeps it from being published.
  await expect(canvas.node(/^Condition.*add a test to it/)).toBeVisible();
  await expect(canvas.node(/^Message.*Choose the message/)).toBeVisible();
  await page.getByRole("button", { name: "Publish journey" }).click();
  const refused = page.getByRole("dialog", { name: "2 errors keep this journey from being published" });
  await expect(refused.getByRole("button", { name: "Publish", exact: true })).toBeDisabled();
  await refused.getByRole("button", { name: "Cancel" }).click();

  // A way back without a wait is refused as it is drawn.
  await canvas.connect("Otherwise of Condition", canvas.node(/^Product viewed/));
  await expect(page.getByText(/start/).first()).toBeVisible();

  // Each step is set in the panel.
  await canvas.select(canvas.node(/^Condition/));
  await panel.getByLabel("Name of the path").fill("Lives in Zurich");
  await panel.getByRole("button", { name: "Add test" }).click();
  await panel.getByLabel("Field", { exact: true }).fill("homeAddress.city");
  await panel.getByLabel("Value", { exact: true }).fill("Zurich");
  await canvas.select(canvas.node(/^Wait/));
  await panel.getByLabel("Wait for").fill("2");
  await panel.getByLabel("Unit").selectOption("days");
  await canvas.select(canvas.node(/^Message/));
  await panel.getByRole("combobox", { name: /^Message/ }).selectOption({ label: "Basket reminder (version 1)" });
  await expect(canvas.node(/^Wait 2 days/)).toBeVisible();
  await expect(canvas.node(/^Message Basket reminder, version 1/)).toBeVisible();
  await expect(surface.getByText("1 warning")).toBeVisible();
  await canvas.connect("Otherwise of Condition", canvas.node(/^End/));
  await expect(surface.getByText("Ready to publish")).toBeVisible();

  // Moved, deleted, undone and redone.
  const end = canvas.node(/^End/);
  const before = await end.boundingBox();
  await canvas.moveBy(end, 200, 0);
  await expect.poll(async () => (await end.boundingBox())?.x).toBe((before?.x ?? 0) + 200);
  await page.keyboard.press("Delete");
  await expect(end).toHaveCount(0);
  await surface.getByRole("button", { name: /^Undo/ }).click();
  await expect(end).toBeVisible();
  await surface.getByRole("button", { name: /^Undo/ }).click();
  await expect.poll(async () => (await end.boundingBox())?.x).toBe(before?.x);
  await surface.getByRole("button", { name: /^Redo/ }).click();
  await expect.poll(async () => (await end.boundingBox())?.x).toBe((before?.x ?? 0) + 200);

  // What is undone shows in the panel too.
  await canvas.select(canvas.node(/^Wait/));
  await panel.getByLabel("Wait for").fill("3");
  await expect(canvas.node(/^Wait 3 days/)).toBeVisible();
  await surface.getByRole("button", { name: /^Undo/ }).click();
  await expect(panel.getByLabel("Wait for")).toHaveValue("2");

  // Zoomed and panned.
  await surface.getByRole("button", { name: "Zoom out" }).click();
  await expect(surface.getByText("83 %")).toBeVisible();
  await surface.getByRole("button", { name: "Zoom to fit" }).click();

  // It is kept, and a reload shows it as it was.
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
  await page.reload();
  await hydrated(page);
  await expect(canvas.node(/^Wait 2 days/)).toBeVisible();
  await inspect(page, "journey");

  await page.getByRole("button", { name: "Publish journey" }).click();
  await page
    .getByRole("dialog", { name: "Publish this journey?" })
    .getByRole("button", { name: "Publish", exact: true })
    .click();
  await expect(page.getByText("Live, version 1")).toBeVisible();
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  await page.getByRole("dialog", { name: "Stop this journey?" }).getByRole("button", { name: "Stop journey" }).click();
  await expect(page.getByText("Stopped", { exact: true })).toBeVisible();
});

test("journeys are found by name and by status", async ({ page, signedIn }) => {
  await signedIn("marketer");
  await page.goto("/journeys");
  await hydrated(page);
  const rows = page.getByRole("table", { name: "Journeys" }).getByRole("row");
  await page.getByRole("link", { name: "Live", exact: true }).click();
  await expect(page).toHaveURL(/status=live/);
  await expect(rows).toHaveCount(3);
  await page.getByRole("searchbox", { name: "Search journeys" }).fill("basket");
  await expect(rows).toHaveCount(2);
  await expect(rows.nth(1)).toContainText("Abandoned basket");
  await inspect(page, "journeys");
  await page.goto("/simulator");
  await hydrated(page);
  await expect(page.getByRole("listitem", { name: /^Phone of/ }).first()).toBeVisible();
  await inspect(page, "simulator");
});
