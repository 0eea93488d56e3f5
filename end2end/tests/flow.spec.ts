import { generateKeyPairSync } from "node:crypto";

import { Canvas } from "../support/canvas.ts";
import { type Role, expect, hydrated, inspect, signIn, test } from "../support/fixtures.ts";
import { type Edge, Phone } from "../support/phone.ts";

test.use({ shop: "flow" });

// One push travels the whole way: from the key that an admin uploads to the open that an analyst reads.
test("one push travels the whole way", async ({ page, server }) => {
  test.setTimeout(180_000);
  const app = "com.example.hike";
  const as = async (role: Role) => {
    await page.context().clearCookies();
    await signIn(page, role);
  };
  const open = async (path: string) => {
    await page.goto(path);
    await hydrated(page);
  };

  await test.step("the admin registers both apps and has their credentials checked", async () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const apple = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const google = JSON.stringify({
      type: "service_account",
      project_id: "trailhead-hike",
      private_key_id: "1",
      private_key: generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs8", format: "pem" }),
      client_email: "push@trailhead-hike.iam.gserviceaccount.com",
      token_uri: "https://oauth2.googleapis.com/token",
    });
    await as("admin");
    for (const platform of ["iOS", "Android"]) {
      await open("/app-configurations");
      await page.getByRole("button", { name: "Register app" }).first().click();
      const dialog = page.getByRole("dialog", { name: "Register app" });
      await dialog.getByText(platform, { exact: true }).click();
      await dialog.getByLabel("Name", { exact: true }).fill(`Hike for ${platform}`);
      await dialog.getByLabel(platform === "iOS" ? "Bundle id" : "Package name").fill(app);
      await dialog.getByRole("button", { name: "Register app" }).click();
      await expect(page).toHaveURL(/\/app-configurations\/[0-9a-f-]{36}$/);
      await hydrated(page);
      if (platform === "iOS") {
        await page
          .getByLabel("Key file (.p8)")
          .setInputFiles({ name: "AuthKey_HIKE123456.p8", mimeType: "text/plain", buffer: Buffer.from(apple) });
        await expect(page.getByLabel("Key id")).toHaveValue("HIKE123456");
        await page.getByLabel("Team id").fill("TEAM123456");
      } else {
        await page
          .getByLabel("Service account (JSON)")
          .setInputFiles({ name: "key.json", mimeType: "application/json", buffer: Buffer.from(google) });
        await expect(page.getByText("trailhead-hike", { exact: true })).toBeVisible();
      }
      await page.getByRole("button", { name: "Save credential" }).click();
      await page.getByRole("button", { name: "Check credential" }).click();
      await expect(page.getByText(/The provider takes it, seen/)).toBeVisible();
    }
  });

  const edge = await test.step("the developer makes a datastream and a property", async (): Promise<Edge> => {
    await as("developer");
    await open("/data-collection/datastreams");
    await page.getByRole("button", { name: "New datastream" }).first().click();
    const stream = page.getByRole("dialog", { name: "New datastream" });
    await stream.getByLabel("Name", { exact: true }).fill("Hike app");
    await stream.getByRole("button", { name: "Create datastream" }).click();
    await expect(page.getByRole("row", { name: /Hike app/ })).toBeVisible();
    await open("/data-collection/properties");
    await page.getByRole("button", { name: "New property" }).first().click();
    const property = page.getByRole("dialog", { name: "New property" });
    await property.getByLabel("Name", { exact: true }).fill("Hike");
    await property.getByLabel("Datastream").selectOption("Hike app");
    await property.getByRole("button", { name: "Create property" }).click();
    await expect(page).toHaveURL(/\/data-collection\/properties\/[0-9a-f-]{36}/);
    const shown = page.getByRole("figure", { name: "ADBMobileConfig.json" });
    const configuration = JSON.parse(await shown.getByRole("code").innerText());
    expect(configuration["edge.domain"]).toBe(new URL(server.url).host);
    return {
      url: server.url,
      configId: configuration["edge.configId"],
      eventDataset: configuration["messaging.eventDataset"],
    };
  });

  await as("marketer");
  await open("/profiles?q=lindqvist");
  const person = page.getByRole("table", { name: "Profiles" }).getByRole("row").nth(1);
  const email = (await person.getByRole("cell").nth(1).innerText()).trim();
  const firstName = (await person.getByRole("link").innerText()).split(" ")[0];

  const [phone, android] = await test.step("the apps send their tokens, and an event that the developer sees arrive", async () => {
    await as("developer");
    await open("/data-collection/events");
    const events = page.getByRole("table", { name: "Events" });
    const phone = await Phone.install(server, edge, { platform: "apns", app, email });
    await phone.syncToken();
    const android = await Phone.install(server, edge, { platform: "fcm", app, email });
    await android.syncToken();
    await phone.send("application.launch");
    await expect(events.getByRole("row", { name: /application\.launch/ }).first()).toBeVisible();
    await open(`/profiles?q=Email:${email}`);
    await page.getByRole("table", { name: "Profiles" }).getByRole("link").first().click();
    for (const system of ["iOS, APNs", "Android, FCM"]) {
      const device = page.getByRole("listitem").filter({ hasText: system }).filter({ hasText: app });
      await expect(device).toContainText("Takes pushes");
    }
    return [phone, android];
  });

  await test.step("the marketer writes a message", async () => {
    await as("marketer");
    await open("/messages");
    await page.getByRole("button", { name: "New message" }).first().click();
    const dialog = page.getByRole("dialog", { name: "New message" });
    await dialog.getByLabel("Name", { exact: true }).fill("Hike tip");
    await dialog.getByRole("button", { name: "Create message" }).click();
    await expect(page).toHaveURL(/\/messages\/[0-9a-f-]{36}$/);
    await hydrated(page);
    await page.getByLabel("Title", { exact: true }).fill('Hello {{profile.person.name.firstName ?: "hiker"}}');
    await page.getByLabel("Body", { exact: true }).fill("About {{context.journey.events.start.productListItems[0].name}}");
    for (const label of await page.getByRole("group", { name: "Apps" }).locator("label").all()) {
      await label.getByRole("checkbox").setChecked((await label.innerText()).startsWith("Hike"));
    }
    await expect(page.getByRole("img", { name: "iOS preview" })).toContainText("Hello");
    await expect(page.getByRole("img", { name: "Android preview" })).toContainText("Hello");
    await expect(page.getByText("Saved", { exact: true })).toBeVisible();
    await page.getByRole("button", { name: "Publish message" }).click();
    await page.getByRole("dialog", { name: /this message/ }).getByRole("button", { name: "Publish", exact: true }).click();
    await expect(page.getByText("Published, version 1")).toBeVisible();
  });

  const report = await test.step("the marketer draws a journey and publishes it", async () => {
    await open("/journeys");
    await page.getByRole("button", { name: "New journey" }).first().click();
    const dialog = page.getByRole("dialog", { name: "New journey" });
    await dialog.getByLabel("Name", { exact: true }).fill("Hike tips");
    await dialog.getByRole("button", { name: "Create journey" }).click();
    await expect(page).toHaveURL(/\/journeys\/[0-9a-f-]{36}$/);
    await hydrated(page);
    const canvas = new Canvas(page);
    const { panel } = canvas;

    await canvas.drag("Event", 300, 120);
    await panel.getByLabel("Event type").fill("commerce.productViews");
    await canvas.drag("Condition", 300, 230);
    await canvas.drag("Wait", 300, 340);
    await canvas.drag("Message", 300, 450);
    await canvas.drag("End", 300, 560);

    await canvas.connect("Next of Product viewed", canvas.node(/^Condition/));
    await canvas.select(canvas.node(/^Condition/));
    if (!(await panel.getByLabel("Name of the path").isVisible())) await panel.getByRole("button", { name: "Add path" }).click();
    await panel.getByLabel("Name of the path").fill("Has a city");
    await panel.getByRole("button", { name: "Add test" }).click();
    await panel.getByLabel("Field", { exact: true }).fill("homeAddress.city");
    await panel.getByLabel("Question").selectOption({ label: "has a value" });
    await canvas.connect("Has a city of Condition", canvas.node(/^Wait/));
    await canvas.select(canvas.node(/^Wait/));
    await panel.getByLabel("Wait for").fill("1");
    await panel.getByLabel("Unit").selectOption("seconds");
    await canvas.connect("Next of Wait 1 second", canvas.node(/^Message/));
    await canvas.select(canvas.node(/^Message/));
    await panel.getByRole("combobox", { name: /^Message/ }).selectOption("Hike tip (version 1)");
    await canvas.connect("Sent of Message", canvas.node(/^End/));

    await canvas.connect("Otherwise of Condition", canvas.node(/^End/));
    await expect(page.getByText("Ready to publish")).toBeVisible();
    await expect(page.getByText("Saved", { exact: true })).toBeVisible();
    await page.getByRole("button", { name: "Publish journey" }).click();
    await page.getByRole("dialog", { name: "Publish this journey?" }).getByRole("button", { name: "Publish", exact: true }).click();
    await expect(page.getByText("Live, version 1")).toBeVisible();
    return page.url().replace("/journeys/", "/reports/live/journeys/");
  });

  await open(report);
  const shows = async (figure: string, n: number) =>
    expect(
      page
        .getByLabel("Figures")
        .locator("div")
        .filter({ hasText: new RegExp(`^${figure}`) })
        .getByRole("definition")
        .first(),
    ).toHaveText(String(n));

  await test.step("it runs: an event arrives, and both phones show a push for that person", async () => {
    await phone.send("commerce.productViews", { productListItems: [{ SKU: "B-1", name: "Ridge boots" }] });
    for (const one of [phone, android]) {
      await expect.poll(async () => (await one.notifications())[0]?.view).toMatchObject({
        title: `Hello ${firstName}`,
        body: "About Ridge boots",
      });
    }
  });

  await test.step("the live report shows it without a reload, and the open that comes back", async () => {
    await shows("Entered", 1);
    await shows("Accepted", 2);
    await shows("Opened", 0);
    await phone.tap();
    await shows("Opened", 1);
    await inspect(page, "report-live");
  });

  await test.step("a dead token is told by its provider, counted by its reason, and retired", async () => {
    await phone.removeApp();
    await phone.send("commerce.productViews", { productListItems: [{ SKU: "B-2", name: "Rain shell" }] });
    await shows("Failed", 1);
    await expect(page.getByText("App removed").first()).toBeVisible();
    await open(`/profiles?q=Email:${email}`);
    await page.getByRole("table", { name: "Profiles" }).getByRole("link").first().click();
    await expect(page.getByText(/Retired/).first()).toBeVisible();
  });

  await test.step("the analyst reads the same by day", async () => {
    await as("analyst");
    await open(report.replace("/live/", "/global/"));
    // The chart's own table, for those who cannot see it, has the same name.
    const byDay = page.getByRole("table", { name: "Figures by day" }).last();
    await expect(byDay).toBeVisible();
    const titles = await byDay.getByRole("columnheader").allInnerTexts();
    const today = byDay.getByRole("row").nth(1).getByRole("cell");
    for (const [figure, n] of Object.entries({ Entered: "2", Accepted: "3", Failed: "1", Opened: "1" })) {
      await expect(today.nth(titles.indexOf(figure) - 1)).toHaveText(n);
    }
  });
});
