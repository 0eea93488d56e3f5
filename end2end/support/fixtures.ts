import AxeBuilder from "@axe-core/playwright";
import { type Page, test as base, expect } from "@playwright/test";

import { type Database, type Server, type Shoppers, start } from "./server.ts";

export interface Options {
  database: Database;
  shoppers: Shoppers;
  /** Tests that name the same shop share a server; each file names its own. */
  shop: string;
}

export type Role = "admin" | "developer" | "marketer" | "analyst";

export const PASSWORD = "heliograph-demo";

/** A test with a server: one for each database and shop, started anew after a test that failed. */
export const test = base.extend<{ signedIn: (role: Role, page?: Page) => Promise<void> }, Options & { server: Server }>({
  database: ["sqlite", { option: true, scope: "worker" }],
  shoppers: ["none", { option: true, scope: "worker" }],
  shop: ["", { option: true, scope: "worker" }],
  server: [
    // `shop` is asked for so that another shop means another server.
    async ({ database, shoppers, shop: _ }, use) => {
      const server = await start(database, shoppers);
      await use(server);
      await server.stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],
  baseURL: async ({ server }, use) => use(server.url),
  signedIn: async ({ page: own }, use) => use((role, page = own) => signIn(page, role)),
});

export { expect };

/** Signs in through the form, as a person does. */
export async function signIn(page: Page, role: Role): Promise<void> {
  await page.goto("/sign-in");
  await page.getByLabel("Email").fill(`${role}@heliograph.demo`);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).not.toHaveURL(/sign-in/);
}

/** Waits until the page's wasm has taken over, so that what follows is handled in the browser. */
export async function hydrated(page: Page): Promise<void> {
  await page.waitForFunction(() => document.documentElement.dataset.hydrated === "true");
}

/** Opens the composer of a message from the list, by its name. */
export async function openMessage(page: Page, name: string): Promise<void> {
  await page.goto("/messages");
  await page.getByRole("link", { name, exact: true }).click();
  await expect(page).toHaveURL(/\/messages\/[0-9a-f-]{36}$/);
  await hydrated(page);
}

/** The two widths at which every page must work. */
export const WIDTHS = [1440, 390] as const;
/** The two themes in which every page must work. */
export const THEMES = ["light", "dark"] as const;

/** Checks a page in both themes and at both widths: no accessibility fault, no sideways scrolling; keeps a picture of each. */
export async function inspect(page: Page, name: string): Promise<void> {
  for (const theme of THEMES) {
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: width === 390 ? 844 : 900 });
      await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
      // What has been scrolled halfway under the bar that stays in place is not too small for that.
      await page.evaluate(() => window.scrollTo(0, 0));
      const { violations } = await new AxeBuilder({ page })
        .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"])
        .analyze();
      const faults = violations.map((v) => `${v.id}: ${v.help}\n${v.nodes.map((n) => `  ${n.target.join(" ")}`).join("\n")}`);
      expect(faults, `${name}, ${theme}, ${width} px`).toEqual([]);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(overflow, `${name} scrolls sideways at ${width} px`).toBeLessThanOrEqual(0);
      await page.screenshot({ path: `test-results/pages/${name}-${theme}-${width}.png`, fullPage: true });
    }
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.emulateMedia({ colorScheme: "light", reducedMotion: null });
}
