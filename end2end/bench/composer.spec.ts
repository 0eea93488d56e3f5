import { writeFile } from "node:fs/promises";

import { expect, hydrated, test } from "../support/fixtures.ts";

test.use({ shop: "composer" });

/** A length that an author may well come to, in bytes. */
const LONG = 4096;
/** What is typed at the end of a long text: a tag with its list of fields, then words. */
const TYPED = " {{profile.person.name.firstName}} and {%= upperCase(profile.homeAddress.city) %} and so on";
/** How often all of it is typed. */
const TIMES = 5;

test("how long the composer takes over a key", async ({ page, signedIn }) => {
  await signedIn("marketer");
  await page.goto("/messages");
  await page.getByRole("link", { name: "Basket reminder" }).click();
  await expect(page).toHaveURL(/\/messages\/[0-9a-f-]{36}$/);
  await hydrated(page);
  const body = page.getByLabel("Body", { exact: true });
  const unit =
    'Hi {{profile.person.name.firstName}}, {%#if profile.loyalty.points > 100%}{{profile.loyalty.points}} points' +
    '{%else%}join us{%/if%} in {%= profile.homeAddress.city ?: "town" %} on {%= formatDate(now, "d MMMM") %}. ';
  const text = unit.repeat(Math.floor(LONG / unit.length));
  await body.fill(text.padEnd(LONG, "and so on "));
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
  const times = await body.evaluate(
    async (field: HTMLTextAreaElement, { typed, times }) => {
      // Once what a key sets off, effects among it, has been done, a message gets its turn.
      const done = () =>
        new Promise<void>((resolve) => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => resolve();
          port2.postMessage(null);
        });
      const start = field.value;
      const took: number[] = [];
      for (let time = 0; time < times; time++) {
        for (let at = 0; at <= typed.length; at++) {
          field.value = start + typed.slice(0, at);
          field.setSelectionRange(field.value.length, field.value.length);
          const before = performance.now();
          field.dispatchEvent(new InputEvent("input", { bubbles: true }));
          await done();
          // What is shown is painted, and the next key comes later.
          if (at > 0) took.push(performance.now() - before);
          await new Promise((resolve) => setTimeout(resolve, 4));
        }
      }
      return took.sort((one, other) => one - other);
    },
    { typed: TYPED, times: TIMES },
  );
  const share = (part: number) => times[Math.round((times.length - 1) * part)];
  const figures = [
    { what: "composer: a key in a text of 4 KB, median", value: share(0.5), unit: "ms", goal: { at_most: 5 } },
    { what: "composer: a key in a text of 4 KB, p95", value: share(0.95), unit: "ms", goal: { at_most: 5 } },
  ];
  for (const { what, value, unit } of figures) console.log(`${what}: ${value.toFixed(1)} ${unit}`);
  const kept = process.env.HELIOGRAPH_FIGURES;
  if (kept) await writeFile(kept, JSON.stringify(figures, null, 2));
});
