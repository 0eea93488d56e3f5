import { defineConfig } from "@playwright/test";

import type { Options } from "./support/fixtures.ts";

const executablePath = process.env.HELIOGRAPH_CHROMIUM;
// Without these Chromium talks to its maker at every start; there is no sandbox for root.
const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

// The flow runs on both databases; everything that a page shows is the same on either, so the rest runs on SQLite.
export default defineConfig<Options>({
  testDir: "tests",
  outputDir: "test-results",
  timeout: 60_000,
  expect: { timeout: 15_000 },
  fullyParallel: false,
  workers: 1,
  forbidOnly: !!process.env.CI,
  reporter: [["list"]],
  use: {
    browserName: "chromium",
    launchOptions: { executablePath, args },
    viewport: { width: 1440, height: 900 },
    timezoneId: "Europe/Rome",
    locale: "en-GB",
    actionTimeout: 15_000,
    trace: "retain-on-failure",
    screenshot: "only-on-failure",
  },
  projects: [
    { name: "sqlite", use: { database: "sqlite" } },
    ...(process.env.PWPG
      ? [{ name: "postgres", testMatch: /(shop|flow)\.spec\.ts/, use: { database: "postgres" as const } }]
      : []),
  ],
});
