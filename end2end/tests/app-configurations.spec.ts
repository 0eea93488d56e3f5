import { generateKeyPairSync } from "node:crypto";

import { type Page } from "@playwright/test";

import { expect, hydrated, inspect, test } from "../support/fixtures.ts";

test.use({ shop: "app-configurations" });

/** A signing key in the form of Apple's `.p8` files. */
function appleKey(): Buffer {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return Buffer.from(privateKey.export({ type: "pkcs8", format: "pem" }));
}

/** A service account in the form of Google's JSON files. */
function serviceAccount(project: string): Buffer {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return Buffer.from(
    JSON.stringify({
      type: "service_account",
      project_id: project,
      private_key_id: "0123456789abcdef0123456789abcdef01234567",
      private_key: privateKey.export({ type: "pkcs8", format: "pem" }),
      client_email: `push@${project}.iam.gserviceaccount.com`,
      client_id: "123456789012345678901",
      auth_uri: "https://accounts.google.com/o/oauth2/auth",
      token_uri: "https://oauth2.googleapis.com/token",
    }),
  );
}

const file = (name: string, buffer: Buffer) => ({ name, mimeType: "application/octet-stream", buffer });

async function register(page: Page, platform: "iOS" | "Android", name: string, app: string): Promise<void> {
  await page.goto("/app-configurations");
  await hydrated(page);
  await page.getByRole("button", { name: "Register app" }).click();
  const dialog = page.getByRole("dialog", { name: "Register app" });
  await dialog.getByRole("radio", { name: platform }).check({ force: true });
  await dialog.getByLabel("Name", { exact: true }).fill(name);
  await dialog.getByLabel(platform === "iOS" ? "Bundle id" : "Package name").fill(app);
  await dialog.getByRole("button", { name: "Register app" }).click();
}

/** Deletes the app whose page is open. */
async function remove(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name: "Delete app" }).click();
  const dialog = page.getByRole("dialog", { name: `Delete “${name}”?` });
  await dialog.getByRole("button", { name: "Delete app" }).click();
  await expect(page).toHaveURL(/\/app-configurations$/);
  await expect(page.getByRole("link", { name, exact: true })).toHaveCount(0);
}

test.beforeEach(async ({ signedIn }) => signedIn("admin"));

test("an iOS app is registered with its key, which is judged at once and never shown again", async ({ page }) => {
  await register(page, "iOS", "Notebook", "com.example.notebook");
  await expect(page.getByRole("heading", { level: 1, name: "Notebook" })).toBeVisible();
  await expect(page.getByText("Missing")).toBeVisible();

  // A wrong file is named at the field before it is sent anywhere.
  const key = page.getByLabel("Key file (.p8)");
  await key.setInputFiles(file("shop.cer", Buffer.from("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")));
  await expect(key).toHaveAccessibleDescription(/certificate/i);
  await key.setInputFiles(file("service.json", serviceAccount("notebook")));
  await expect(key).toHaveAccessibleDescription(/Google|service account|JSON/);
  await inspect(page, "app-configuration-wrong-key");

  const good = appleKey();
  await key.setInputFiles(file("AuthKey_DEMOKEY001.p8", good));
  await expect(key).toHaveAccessibleDescription(/It stays sealed/);
  await expect(page.getByLabel("Key id")).toHaveValue("DEMOKEY001");
  await page.getByLabel("Team id").fill("short");
  await page.getByRole("button", { name: "Save credential" }).click();
  await expect(page.getByLabel("Team id")).toHaveAccessibleDescription(/10|ten/i);
  await page.getByLabel("Team id").fill("DEMOTEAM01");
  await page.getByRole("button", { name: "Save credential" }).click();
  await expect(page.getByText("Credential saved")).toBeVisible();
  await expect(page.getByText("DEMOKEY001", { exact: true })).toBeVisible();
  await expect(page.getByText("Not checked")).toBeVisible();

  // Nothing that the page brings has the key, not even folded away.
  const [, secret] = good.toString().split("\n");
  expect(await page.content()).not.toContain(secret);
  await page.reload();
  expect(await page.content()).not.toContain(secret);

  // Apple (the simulator) knows another key by this id, and the page says so with what to do.
  await hydrated(page);
  await page.getByRole("button", { name: "Check credential" }).click();
  await expect(page.getByText("The provider refuses it", { exact: true })).toBeVisible();
  await expect(page.getByText("Refused", { exact: true })).toBeVisible();
  await inspect(page, "app-configuration-refused");

  // Another one takes its place.
  await page.getByText("Replace credential").click();
  await page.getByLabel("Key file (.p8)").setInputFiles(file("AuthKey_ZYX987WVUT.p8", appleKey()));
  await page.getByLabel("Team id").fill("DEF123GHIJ");
  await page.getByRole("button", { name: "Save credential" }).click();
  await expect(page.getByText("ZYX987WVUT", { exact: true })).toBeVisible();
  await expect(page.getByText("DEMOKEY001", { exact: true })).toHaveCount(0);
  await expect(page.getByText("Not checked")).toBeVisible();
  await remove(page, "Notebook");
});

test("an Android app shows whose project its service account is of", async ({ page }) => {
  await register(page, "Android", "Notebook for Android", "com.example.notebook");
  await expect(page.getByRole("heading", { level: 1, name: "Notebook for Android" })).toBeVisible();
  const account = page.getByLabel("Service account (JSON)");
  await account.setInputFiles(file("google-services.json", Buffer.from('{"project_info": {"project_id": "notebook"}, "client": []}')));
  await expect(account).toHaveAccessibleDescription(/google-services/i);
  await account.setInputFiles(file("broken.json", Buffer.from('{"type": "service_account", ')));
  await expect(account).toHaveAccessibleDescription(/JSON/);
  await account.setInputFiles(file("notebook-1234.json", serviceAccount("notebook-1234")));
  await expect(page.getByText("notebook-1234", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Save credential" }).click();
  await expect(page.getByText("Credential saved")).toBeVisible();
  await expect(page.getByText("push@notebook-1234.iam.gserviceaccount.com")).toBeVisible();
  await remove(page, "Notebook for Android");
});

test("an app is registered once, and the field says so", async ({ page }) => {
  await register(page, "iOS", "Again", "com.example.trailhead");
  const dialog = page.getByRole("dialog", { name: "Register app" });
  await expect(dialog.getByLabel("Bundle id")).toHaveAccessibleDescription(/registered already/);
  await expect(dialog.getByLabel("Bundle id")).toHaveValue("com.example.trailhead");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(dialog).toBeHidden();
  await inspect(page, "app-configurations");
});

test("the demo's credential works, and two admins overwrite nothing of each other", async ({ page, context }) => {
  await page.goto("/app-configurations");
  await page.getByRole("link", { name: "Trailhead for iPhone" }).click();
  await hydrated(page);
  await page.getByRole("button", { name: "Check credential" }).click();
  await expect(page.getByText("Apple accepts the key")).toBeVisible();
  await expect(page.getByText("Works", { exact: true })).toBeVisible();
  await inspect(page, "app-configuration");

  const other = await context.newPage();
  await other.goto(page.url());
  await hydrated(other);
  await other.getByLabel("Name", { exact: true }).fill("Trailhead, theirs");
  await other.getByRole("button", { name: "Save app" }).click();
  await expect(other.getByRole("heading", { level: 1, name: "Trailhead, theirs" })).toBeVisible();
  await page.getByLabel("Name", { exact: true }).fill("Trailhead, mine");
  // What the rest of the page reads anew changes nothing of that.
  await page.getByRole("button", { name: "Check credential" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Trailhead, theirs" })).toBeVisible();
  await page.getByRole("button", { name: "Save app" }).click();
  await expect(page.getByText("Someone else changed this app configuration")).toBeVisible();
  await expect(page.getByLabel("Name", { exact: true })).toHaveValue("Trailhead, mine");
  await page.reload();
  await expect(page.getByLabel("Name", { exact: true })).toHaveValue("Trailhead, theirs");
  await hydrated(page);
  await page.getByLabel("Name", { exact: true }).fill("Trailhead for iPhone");
  await page.getByRole("button", { name: "Save app" }).click();
  await expect(page.getByText("App saved")).toBeVisible();
});

test("an app’s page follows what happens to it, and keeps what is being typed", async ({ page, context }) => {
  test.slow();
  const name = "Trailhead for iPhone";
  const open = async (page: Page) => {
    await page.goto("/app-configurations");
    await page.getByRole("link", { name }).click();
    await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
    await hydrated(page);
  };
  await open(page);
  await page.getByText("Replace credential").click();
  await page.getByLabel("Key file (.p8)").setInputFiles(file("AuthKey_ZYX987WVUT.p8", appleKey()));
  await page.getByLabel("Name", { exact: true }).fill("Half a na");
  await page.getByLabel("Team id").fill("DEF1");
  const kept = async () => {
    await expect(page.getByLabel("Team id")).toBeFocused();
    await expect(page.getByLabel("Team id")).toHaveValue("DEF1");
    await expect(page.getByLabel("Key id")).toHaveValue("ZYX987WVUT");
    await expect(page.getByLabel("Name", { exact: true })).toHaveValue("Half a na");
  };

  const other = await context.newPage();
  await open(other);
  await other.getByRole("button", { name: "Stop sending", exact: true }).click();
  await other.getByRole("dialog").getByRole("button", { name: "Stop sending" }).click();
  await expect(page.getByText(`Sending to ${name} is stopped`)).toBeVisible();
  await kept();
  await inspect(page, "app-configuration-followed");
  await other.getByRole("button", { name: "Send again" }).click();
  await expect(page.getByText(`Sending to ${name} is stopped`)).toHaveCount(0);

  // So it is where somebody else puts another credential in place.
  await page.getByLabel("Team id").focus();
  await other.getByText("Replace credential").click();
  await other.getByLabel("Key file (.p8)").setInputFiles(file("AuthKey_OTHERKEY01.p8", appleKey()));
  await other.getByLabel("Team id").fill("DEMOTEAM01");
  await other.getByRole("button", { name: "Save credential" }).click();
  await expect(other.getByText("Credential saved")).toBeVisible();
  await expect(other.getByLabel("Team id")).toBeHidden();
  await expect(page.getByText("OTHERKEY01", { exact: true })).toBeVisible();
  await expect(page.getByText("Not checked")).toBeVisible();
  await kept();
});
