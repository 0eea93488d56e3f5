import base from "./playwright.config.ts";

// What only a browser can be asked how long it takes; `cargo xtask bench composer` runs it with a build for use.
export default {
  ...base,
  testDir: "bench",
  projects: [{ name: "sqlite", use: { database: "sqlite" as const } }],
};
