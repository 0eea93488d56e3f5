import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";

import { expect, hydrated, inspect, test } from "../support/fixtures.ts";

test.use({ shop: "data-collection" });

test.beforeEach(async ({ signedIn }) => signedIn("developer"));

test("a datastream and a property are made, and an app is connected and seen to be", async ({ page, server }) => {
  await page.goto("/data-collection/datastreams");
  await hydrated(page);
  await page.getByRole("button", { name: "New datastream" }).click();
  const dialog = page.getByRole("dialog", { name: "New datastream" });
  await dialog.getByLabel("Name", { exact: true }).fill("Notebook");
  // Enter sends the form.
  await page.keyboard.press("Enter");
  const row = page.getByRole("row", { name: /Notebook/ });
  await expect(row).toContainText("Takes events");
  await expect(row).toContainText("None yet");
  const datastream = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(await row.innerText())?.[0] ?? "";
  await inspect(page, "datastreams");

  await page.getByRole("button", { name: "Actions for Notebook" }).click();
  await page.getByRole("button", { name: "Edit", exact: true }).click();
  const edit = page.getByRole("dialog", { name: "Edit “Notebook”" });
  await edit.getByLabel("Most events a second").fill("50");
  await edit.getByRole("button", { name: "Save datastream" }).click();
  await expect(page.getByText("Datastream saved")).toBeVisible();

  await page.goto("/data-collection/properties");
  await hydrated(page);
  await page.getByRole("button", { name: "New property" }).click();
  const create = page.getByRole("dialog", { name: "New property" });
  await create.getByLabel("Name", { exact: true }).fill("Notebook app");
  await create.getByLabel("Datastream").selectOption("Notebook");
  await create.getByRole("button", { name: "Create property" }).click();
  await expect(page.getByRole("heading", { name: "Notebook app" })).toBeVisible();

  // The configuration leads the SDK here; the file has the same as the page.
  const block = page.getByRole("figure", { name: "ADBMobileConfig.json" });
  const shown = JSON.parse(await block.innerText());
  expect(shown["edge.domain"]).toBe(new URL(server.url).host);
  expect(shown["edge.configId"]).toBe(datastream);
  expect(shown["messaging.eventDataset"]).toBeTruthy();
  await hydrated(page);
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download ADBMobileConfig.json" }).click();
  const saved = await (await download).path();
  expect(JSON.parse(await readFile(saved, "utf8"))).toEqual(shown);
  await page.getByRole("radio", { name: "Kotlin" }).check({ force: true });
  await expect(page.getByRole("figure", { name: "Line of code in Kotlin" })).toContainText(`"edge.configId" to "${datastream}"`);
  await page.getByRole("button", { name: "Publish to production" }).click();
  await expect(page.getByRole("row", { name: /Production/ })).toContainText("Version 1");

  // The first event turns the first check green, and the first token the second, without a reload.
  await expect(page.getByText("Waiting for the first event")).toBeVisible();
  await inspect(page, "property");
  await interact(server.url, datastream, { xdm: { eventType: "application.launch" } });
  await expect(page.getByText("Events come in by the datastream")).toBeVisible();
  await expect(page.getByText("Waiting for the first push token")).toBeVisible();
  await interact(server.url, datastream, {
    data: {
      pushNotificationDetails: [
        { appID: "com.example.notebook", token: "0a".repeat(32), platform: "apns", denylisted: false, identity: { namespace: { code: "ECID" }, id: ECID } },
      ],
    },
  });
  await expect(page.getByText("Push tokens come in")).toBeVisible();

  // A datastream that a property uses says so instead of being deleted.
  const property = page.url();
  const removeDatastream = async () => {
    await page.goto("/data-collection/datastreams");
    await hydrated(page);
    await page.getByRole("button", { name: "Actions for Notebook" }).click();
    await page.getByRole("button", { name: "Delete", exact: true }).click();
    await page.getByRole("dialog", { name: "Delete “Notebook”?" }).getByRole("button", { name: "Delete datastream" }).click();
  };
  await removeDatastream();
  await expect(page.getByRole("dialog")).toContainText("used by “Notebook app”");
  await page.goto(property);
  await hydrated(page);
  await page.getByRole("button", { name: "Delete property" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete property" }).click();
  await expect(page).toHaveURL(/\/data-collection\/properties$/);
  await removeDatastream();
  await expect(row).toHaveCount(0);
});

test("what comes in is seen at once, with what was done with it", async ({ page, server }) => {
  // Each picture of the page is a check of it in both themes and widths.
  test.slow();
  await page.goto("/data-collection/properties");
  await page.getByRole("link", { name: /Trailhead/ }).click();
  const shown = JSON.parse(await page.getByRole("figure", { name: "ADBMobileConfig.json" }).innerText());
  const datastream: string = shown["edge.configId"];

  await page.goto("/data-collection/events");
  await hydrated(page);
  const rows = page.getByRole("table", { name: "Events" }).getByRole("row");
  const id = randomUUID();
  await interact(server.url, datastream, { xdm: { _id: id, eventType: "notebook.pageTurned", page: 7 } });
  await expect(rows.nth(1)).toContainText("notebook.pageTurned");
  await expect(rows.nth(1)).toContainText("Kept");
  await interact(server.url, datastream, { xdm: { _id: id, eventType: "notebook.pageTurned", page: 7 } });
  await expect(rows.nth(1)).toContainText("Duplicate");

  // Paused, nothing moves until it is resumed.
  await page.getByRole("button", { name: "Pause" }).click();
  await interact(server.url, datastream, { xdm: { eventType: "notebook.closed" } });
  await page.getByRole("button", { name: "Resume" }).click();
  await expect(rows.nth(1)).toContainText("notebook.closed");

  await page.getByRole("link", { name: "notebook.closed" }).click();
  await expect(page.getByRole("figure", { name: "Event" })).toContainText('"eventType": "notebook.closed"');
  await inspect(page, "events");
  await page.goto("/data-collection/events");
  await page.getByLabel("Type").selectOption("notebook.pageTurned");
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(page).toHaveURL(/type=notebook\.pageTurned/);
  await expect(page.getByRole("link", { name: "notebook.closed" })).toHaveCount(0);

  // What has come in is offered as a field.
  await page.goto("/data-collection/schemas?q=notebook");
  await expect(page.getByRole("table", { name: "Types of event" })).toContainText("notebook.pageTurned");
  await page.goto("/data-collection/schemas");
  await inspect(page, "schemas");
});

test("a property that someone else has changed is not overwritten", async ({ page, context }) => {
  await page.goto("/data-collection/properties");
  await hydrated(page);
  await inspect(page, "properties");
  await page.getByRole("link", { name: "Trailhead" }).first().click();
  await hydrated(page);
  await expect(page.getByLabel("Session timeout, in seconds")).toBeVisible();
  await expect(page).toHaveURL(/\/properties\/[0-9a-f-]{36}$/);
  const other = await context.newPage();
  await other.goto(page.url());
  await hydrated(other);
  await other.getByLabel("Session timeout, in seconds").fill("120");
  await other.getByRole("button", { name: "Save property" }).click();
  await expect(other.getByText("Property saved")).toBeVisible();
  await page.getByLabel("Session timeout, in seconds").fill("240");
  await page.getByRole("button", { name: "Save property" }).click();
  await expect(page.getByText("Someone else changed this mobile property")).toBeVisible();
  await page.reload();
  await expect(page.getByLabel("Session timeout, in seconds")).toHaveValue("120");
});

const ECID = "31415926535897932384626433832795028841";

/** Sends one event as an app does. */
async function interact(url: string, datastream: string, event: { xdm?: object; data?: object }): Promise<void> {
  const answer = await fetch(`${url}/ee/v1/interact?configId=${datastream}&requestId=${randomUUID()}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      xdm: { identityMap: { ECID: [{ id: ECID, authenticatedState: "ambiguous", primary: false }] } },
      events: [{ ...event, xdm: { _id: randomUUID(), timestamp: new Date().toISOString(), ...event.xdm } }],
    }),
  });
  expect(answer.status, await answer.text()).toBe(200);
}
