import { expect, hydrated, inspect, openMessage, test } from "../support/fixtures.ts";

test.use({ shop: "rules" });

test("an admin makes a rule set, a message chooses it, and then it can't be deleted", async ({ page, signedIn }) => {
  // Five pages are looked at, each in four ways.
  test.slow();
  await signedIn("admin");
  await page.goto("/administration/rules");
  await hydrated(page);
  await expect(page.getByRole("heading", { name: "No rules yet" })).toBeVisible();
  await inspect(page, "rules-empty");

  await page.getByRole("button", { name: "New rule set" }).first().click();
  await page.getByRole("dialog").getByLabel("Name").fill("Gentle nights");
  await page.getByRole("dialog").getByRole("button", { name: "Create rule set" }).click();
  await expect(page).toHaveURL(/\/administration\/rules\/[0-9a-f-]{36}$/);
  await hydrated(page);
  const words = page.locator(".rule-set").getByRole("list").first();
  await expect(words).toHaveText("at most 3 pushes in any day");

  // Caps, quiet hours and pace, read back in words as they are typed.
  const cap = page.getByRole("group", { name: "Cap 1" });
  await cap.getByLabel("At most").fill("2");
  await cap.getByLabel("Span").selectOption("a calendar week");
  await page.getByRole("button", { name: "Add time" }).click();
  const night = page.getByRole("group", { name: "Quiet time 1" });
  await night.getByLabel("From").fill("21:30");
  await night.getByLabel("To", { exact: true }).fill("07:00");
  await night.getByLabel("Sun").uncheck();
  await page.getByRole("button", { name: "Add dates" }).click();
  const holiday = page.getByRole("group", { name: "Quiet dates 1" });
  await holiday.getByLabel("First day").fill("2026-12-24");
  await holiday.getByLabel("Last day").fill("2026-12-26");
  await page.getByLabel(/Let pushes go out evenly/).check();
  await page.getByLabel("Pushes a minute", { exact: true }).fill("500");
  await page.getByLabel(/Begin slowly/).check();
  await expect(words.getByRole("listitem")).toHaveText([
    "no push between 21:30 and 07:00, Mon, Tue, Wed, Thu, Fri, Sat; from 2026-12-24 to 2026-12-26; held until then",
    "at most 2 pushes in a calendar week",
    "at most 500 a minute, from 50 over 10 minutes",
  ]);
  await page.getByLabel("Time zone").fill("Mars/Olympus");
  await page.getByRole("button", { name: "Save rule set" }).click();
  await expect(page.getByText("This is no time zone.").first()).toBeVisible();
  await inspect(page, "rule-set-refused");
  await page.getByLabel("Time zone").fill("Europe/Rome");
  await inspect(page, "rule-set");
  await page.getByRole("button", { name: "Save rule set" }).click();
  await expect(page.getByText("Rule set saved")).toBeVisible();
  await page.reload();
  await hydrated(page);
  await expect(words.getByRole("listitem")).toHaveCount(3);
  await expect(night.getByLabel("Sun")).not.toBeChecked();
  const address = page.url();

  await openMessage(page, "Basket reminder");
  await page.getByText("Delivery settings").click();
  await page.getByLabel(/Gentle nights/).check();
  await expect(page.getByRole("status").filter({ hasText: "Saved" })).toBeVisible();

  await page.getByRole("button", { name: "Who, and why?" }).click();
  const outlook = page.getByRole("group", { name: "Who would be held back now?" });
  await expect(outlook.getByText("Would get it now")).toBeVisible();
  // The demo's audience is small enough to be looked at as a whole.
  await expect(outlook.getByText("People in the audience")).toBeVisible();
  // Texts are made as for sending: what is too large is so at any hour.
  const body = page.getByLabel("Body", { exact: true });
  const before = await body.inputValue();
  await body.fill("x".repeat(5000));
  await page.getByRole("button", { name: "Who, and why?" }).click();
  await expect(outlook).toContainText("Message too large");
  await expect(outlook).toContainText(/The largest text has [\d,]+ bytes too many\./);
  // The first few of them are named, and lead to their profiles.
  const tooLarge = outlook.getByRole("term").filter({ hasText: "Message too large" });
  await expect(tooLarge.getByRole("link")).toHaveCount(5);
  await expect(tooLarge).toContainText(/and [\d,]+ more/);
  const named = tooLarge.getByRole("link").first();
  const [name, profile] = [await named.innerText(), await named.getAttribute("href")];
  await inspect(page, "message-who");
  await body.fill("{{profile.nickname}}");
  await page.getByRole("button", { name: "Who, and why?" }).click();
  await expect(outlook).toContainText(/would get it with a gap, as a field is empty: profile\.nickname \([\d,]+\)\./);
  await inspect(page, "message-rules");
  await body.fill(before);
  await expect(page.getByText("profile.nickname is not a known field")).toHaveCount(0);
  await expect(page.getByRole("status").filter({ hasText: "Saved" })).toBeVisible();

  await page.goto(profile ?? "");
  await expect(page.getByRole("main")).toContainText(name);
  await expect(page).toHaveURL(/\/profiles\/[0-9a-f-]{36}$/);

  await page.goto("/administration/rules");
  await hydrated(page);
  await expect(page.getByRole("row", { name: /Gentle nights/ })).toContainText("1 message");
  await inspect(page, "rules");
  await page.goto(address);
  await hydrated(page);
  await expect(page.getByRole("link", { name: "Basket reminder" })).toBeVisible();
  await page.getByRole("button", { name: "Delete" }).click();
  await expect(page.getByRole("dialog")).toContainText("cannot be deleted while a message chooses it");
});

test("a transactional message is published by an admin alone", async ({ page, signedIn }) => {
  await signedIn("marketer");
  await openMessage(page, "Basket reminder");
  await page.getByText("Delivery settings").click();
  await page.getByLabel("Purpose").selectOption("transactional");
  await expect(page.getByRole("group", { name: "Rule sets" })).toHaveCount(0);
  await expect(page.getByRole("status").filter({ hasText: "Saved" })).toBeVisible();
  await page.getByRole("button", { name: "Publish message" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Publish", exact: true }).click();
  await expect(dialog).toContainText("only an admin may publish it");
});

test("a message goes last and is spread over a window, which is put right where it was typed", async ({ page, signedIn }) => {
  // Its pages are looked at in both themes and widths, one after the other.
  test.slow();
  await signedIn("marketer");
  await page.goto("/messages");
  await hydrated(page);
  await expect(page.getByRole("row", { name: /Thank you/ })).toContainText("goes first");
  await expect(page.getByRole("row", { name: /Weekend trail guide, gold/ })).toContainText("spread over 2 hours");
  await inspect(page, "messages-sending");
  await page.getByRole("link", { name: "Weekend trail guide, gold" }).click();
  await expect(page).toHaveURL(/\/messages\/[0-9a-f-]{36}$/);
  await hydrated(page);
  const settings = page.locator("summary").filter({ hasText: "Delivery settings" });
  await expect(settings).toContainText("spread over 2 hours");
  await settings.click();
  await page.getByLabel("When messages compete").selectOption("Goes last");
  await expect(page.getByText("It waits for as long as any other push is due")).toBeVisible();

  // What is refused stays as it was typed.
  const window = page.getByLabel("Window", { exact: true });
  await expect(window).toHaveValue("2");
  await window.fill("25");
  const refusal = page.locator("#timing-problems").getByText("Pushes can be spread over 1 minute to 24 hours.");
  await expect(refusal).toBeVisible();
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Publish message" }).click();
  const dialog = page.getByRole("dialog", { name: "1 error keeps this message from being published" });
  await expect(dialog.getByRole("button", { name: "Publish", exact: true })).toBeDisabled();
  await dialog.getByRole("button", { name: "Show" }).click();
  await expect(page.getByLabel("When it goes out")).toBeFocused();
  await expect(window).toHaveValue("25");
  await inspect(page, "message-timing-refused");
  await page.getByLabel("Unit of the window").selectOption("minutes");
  await expect(refusal).toHaveCount(0);
  await expect(settings).toContainText("goes last, spread over 25 minutes");

  const outlook = page.getByRole("group", { name: "Who would be held back now?" });
  await outlook.getByRole("button", { name: "Who, and why?" }).click();
  await expect(outlook).toContainText("Later, as the message is spread over a window");
  await inspect(page, "message-timing");

  // Another way out keeps the numbers of this one.
  await page.getByLabel("When it goes out").selectOption("At each person’s best time");
  await expect(page.getByLabel("Within how many hours")).toHaveValue("24");
  await expect(page.locator("#timing-problems")).toContainText("The time to live is no longer than this window");
  await inspect(page, "message-best-time");
  await page.getByLabel("When it goes out").selectOption("Spread over a window");
  await expect(window).toHaveValue("25");

  // Who waits for it gets it at once.
  await page.getByLabel("Purpose").selectOption("transactional");
  await expect(page.getByText("Transactional messages always go at once.")).toBeVisible();
  await expect(page.locator("#timing-problems")).toContainText("Choose “At once”.");
  await page.getByLabel("When it goes out").selectOption("At once");
  await expect(page.locator("#timing-problems").getByRole("listitem")).toHaveCount(0);
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
  await page.reload();
  await hydrated(page);
  await expect(settings).toContainText("goes last");
});

test("a pace tells how long a message would take", async ({ page, signedIn }) => {
  test.slow();
  await signedIn("admin");
  await page.goto("/administration/rules");
  await hydrated(page);
  await page.getByRole("button", { name: "New rule set" }).first().click();
  await page.getByRole("dialog").getByLabel("Name").fill("Steady");
  await page.getByRole("dialog").getByRole("button", { name: "Create rule set" }).click();
  await expect(page).toHaveURL(/\/administration\/rules\/[0-9a-f-]{36}$/);
  await hydrated(page);
  await page.getByLabel(/Let pushes go out evenly/).check();
  await page.getByLabel("Pushes a minute", { exact: true }).fill("2");
  await page.getByRole("button", { name: "Save rule set" }).click();
  await expect(page.getByText("Rule set saved")).toBeVisible();
  await openMessage(page, "Weekend trail guide");
  await page.getByText("Delivery settings").click();
  await page.getByLabel(/Steady/).check();
  const outlook = page.getByRole("group", { name: "Who would be held back now?" });
  await outlook.getByRole("button", { name: "Who, and why?" }).click();
  await expect(outlook).toContainText(/\d pushes, at most 2 a minute, says “Steady”: about \d+ (minutes|hours), until \d+ \w{3}/);
  await inspect(page, "message-pace");
});
