import { expect, hydrated, inspect, openMessage, test } from "../support/fixtures.ts";

test.use({ shop: "messages" });

test("a message is written with its phones beside it, published, changed and restored", async ({ page, signedIn }) => {
  // It is a long way, and a page is looked at in four ways.
  test.slow();
  await signedIn("marketer");
  await page.goto("/messages");
  await hydrated(page);
  await page.getByRole("button", { name: "New message" }).first().click();
  const dialog = page.getByRole("dialog", { name: "New message" });
  await dialog.getByLabel("Name").fill("Weekend greeting");
  await dialog.getByRole("button", { name: "Create message" }).click();
  await expect(page).toHaveURL(/\/messages\/[0-9a-f-]{36}$/);

  // An empty message cannot be published, and says why.
  await page.getByRole("button", { name: "Publish message" }).click();
  const publish = page.getByRole("dialog", { name: /this message/ });
  await expect(publish).toContainText("There is nothing to show");
  await expect(publish.getByRole("button", { name: "Publish", exact: true })).toBeDisabled();
  await publish.getByRole("button", { name: "Cancel" }).click();

  // The phones change on the keystroke.
  const title = page.getByLabel("Title", { exact: true });
  const phone = (system: string) => page.getByRole("img", { name: `${system} preview` });
  await title.fill("Hello hiker");
  await expect(phone("iOS")).toContainText("Hello hiker");
  await expect(phone("Android")).toContainText("Hello hiker");

  // Fields are offered while one types, and read from the test profile.
  const body = page.getByLabel("Body", { exact: true });
  await body.pressSequentially("You live in {{profile.homeAddress.ci");
  await expect(page.getByRole("option", { name: "city" })).toBeVisible();
  // What is chosen tells what it holds for whom the preview is, and how often it holds nothing.
  await expect(page.getByText(/In the preview: “[A-Z][^”]+”\. Empty for .+ of [\d,]+ people looked at\./)).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(body).toHaveValue("You live in {{profile.homeAddress.city}}");
  await expect(phone("Android")).toContainText(/You live in [A-Z]/);
  // That it may leave a gap is told with how often it would.
  const gap = /city is not there for everyone; .+ Empty for .+ of [\d,]+ people looked at\./;
  await expect(page.locator("#body-below")).toContainText(gap);
  await page.getByLabel("Test profile").selectOption("Nobody: every field is empty");
  const preview = page.getByRole("complementary", { name: "Preview" });
  await expect(preview.getByText(/profile\.homeAddress\.city/).first()).toBeVisible();

  // A fault is told with its place, and mended with one click.
  await title.fill("Hello {{profile.person.name.fristName}}");
  await expect(page.getByText(/Line 1, column \d+: .*did you mean firstName/)).toBeVisible();
  await page.getByRole("button", { name: "Use firstName" }).click();
  await expect(title).toHaveValue("Hello {{profile.person.name.firstName}}");

  await preview.getByRole("button", { name: "JSON" }).first().click();
  await expect(page.getByRole("figure", { name: "Payload for iOS", exact: true })).toContainText('"aps"');
  await expect(preview.getByText(/of 4,096 bytes/).first()).toBeVisible();

  await title.fill("Hello hiker");
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Publish message" }).click();
  await publish.getByRole("button", { name: "Publish", exact: true }).click();
  await expect(page.getByText("Published, version 1")).toBeVisible();

  // What was published can become the draft again, and a draft survives a reload.
  await title.fill("Something else");
  await expect(page.getByText("Saving…")).toBeVisible();
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
  await page.reload();
  await hydrated(page);
  await expect(title).toHaveValue("Something else");
  await page.getByRole("button", { name: "History" }).click();
  await page.getByRole("button", { name: "Restore into the draft" }).click();
  await expect(title).toHaveValue("Hello hiker");
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
  await inspect(page, "message");

  await page.goto("/messages?q=weekend");
  await hydrated(page);
  await expect(page.getByRole("row", { name: /Weekend greeting Published, version 1/ })).toBeVisible();
  await page.getByRole("button", { name: "Actions for Weekend greeting" }).click();
  await page.getByRole("button", { name: "Archive", exact: true }).click();
  await page.getByRole("button", { name: "Archive message" }).click();
  await expect(page.getByRole("row", { name: /Weekend greeting/ })).toHaveCount(0);
  await page.getByRole("link", { name: "Archived" }).click();
  await expect(page.getByRole("row", { name: /Weekend greeting Archived/ })).toBeVisible();
});

test("undo takes back what was chosen or mended, and redo brings it again", async ({ page, signedIn }) => {
  await signedIn("marketer");
  await openMessage(page, "Thank you");
  const title = page.getByLabel("Title", { exact: true });
  const undo = () => title.press("ControlOrMeta+z");
  const redo = () => title.press("ControlOrMeta+Shift+z");
  const typed = "🙂 Hi {{profile.person.name.firs";
  const chosen = "🙂 Hi {{profile.person.name.firstName}}";
  await title.fill("");
  await title.pressSequentially(typed);
  await expect(page.getByRole("option", { name: "firstName" })).toBeVisible();
  await title.press("Tab");
  await expect(title).toHaveValue(chosen);
  await undo();
  await expect(title).toHaveValue(typed);
  await redo();
  await expect(title).toHaveValue(chosen);

  const wrong = "Hi {{profile.person.name.fristName}} there";
  const right = "Hi {{profile.person.name.firstName}} there";
  const phone = page.getByRole("img", { name: "iOS preview" });
  await title.fill(wrong);
  await page.getByRole("button", { name: "Use firstName" }).click();
  await expect(title).toHaveValue(right);
  await expect(title).toBeFocused();
  await undo();
  await expect(title).toHaveValue(wrong);
  await expect(page.getByRole("button", { name: "Use firstName" })).toBeVisible();
  await redo();
  await expect(title).toHaveValue(right);
  await expect(phone).toContainText(/Hi \w+ there/);

  // A field that is put in by its name is one step, too.
  await title.fill("Hi ");
  await page.locator(".field.template").filter({ has: title }).getByRole("button", { name: "Insert field" }).click();
  await page.getByLabel("Find a field or fragment").fill("firstName");
  await page.getByRole("button", { name: /person\.name\.firstName/ }).first().click();
  await expect(title).toHaveValue("Hi {{profile.person.name.firstName}}");
  await undo();
  await expect(title).toHaveValue("Hi ");
});

test("what is typed before the page has come to life is kept and checked", async ({ page, signedIn }) => {
  await signedIn("marketer");
  await openMessage(page, "Thank you");
  let go = () => {};
  const held = new Promise<void>((resolve) => {
    go = resolve;
  });
  await page.route("**/*.wasm", async (route) => {
    await held;
    await route.continue();
  });
  await page.reload({ waitUntil: "domcontentloaded" });
  const title = page.getByLabel("Title", { exact: true });
  await title.fill("Early {{profile.person.name.fristName}}");
  go();
  await hydrated(page);
  await expect(page.getByText(/Line 1, column \d+: .*did you mean firstName/)).toBeVisible();
  await expect(title).toHaveValue("Early {{profile.person.name.fristName}}");
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
});

test("why a text is what it is can be read beside the phones", async ({ page, signedIn }) => {
  await signedIn("marketer");
  await openMessage(page, "Weekend trail guide");
  const why = page.getByRole("group").filter({ hasText: "Why this text?" });
  await page.getByLabel("Test profile").selectOption("Nobody: every field is empty");
  await expect(why.getByText("stands in")).toHaveCount(0);
  await page.getByText("Why this text?").focus();
  await page.keyboard.press("Enter");
  await expect(why.getByRole("definition")).toHaveCount(2);
  await expect(why.getByRole("definition").first()).toContainText("“Trails near you”");
  await expect(why).toContainText('profile.homeAddress.city ?: "you" gives “you”.');
  await expect(why).toContainText("profile.homeAddress.city is empty, so “you” stands in.");
  // What a fragment does is told where it is called.
  await expect(why).toContainText("promise is set to “each under four hours”.");

  // It follows whom the preview is for, and what is typed.
  await page.getByLabel("Test profile").selectOption({ index: 0 });
  await expect(why).toContainText(/profile\.homeAddress\.city is “[A-Z]\w+”\./);
  const body = page.getByLabel("Body", { exact: true });
  await body.fill('{%#if profile.loyalty.tier = "none"%}Join us{%else%}Welcome{%/if%} {%= profile.homeAddress.city * 2 %}');
  await expect(why).toContainText('profile.loyalty.tier = "none" does not hold, so its part is left out.');
  await expect(why).toContainText(/profile\.loyalty\.tier is “\w+”\./);
  await expect(why).toContainText("profile.homeAddress.city * 2: a text is not a number.");
  await body.fill('{{device.platform}}{%#each profile.loyalty as |one|%}{%/each');
  await expect(why).toContainText("No text: the template has errors; put them right before it is used.");
  await body.fill("For {{device.platform}}, by {{profile.homeAddress.town}}");
  await expect(why).toContainText("profile.homeAddress.town is empty: nothing is printed.");
  await expect(why).toContainText("device.platform gives “ios”.");
  await expect(why).toContainText("device.platform gives “android”.");
  await inspect(page, "message-why");

  await body.fill("Three walks for this weekend.");
  await page.getByLabel("Title", { exact: true }).fill("Trails near you");
  await expect(why).toContainText("Nothing here depends on the person: everyone gets the same text.");
  for (const app of await page.getByRole("group", { name: "Apps" }).getByRole("checkbox").all()) await app.uncheck();
  await expect(why).toContainText("It goes to no app, so there is no text.");
});

test("a date in a named time zone is previewed as it will be sent", async ({ page, signedIn }) => {
  await signedIn("marketer");
  await openMessage(page, "Weekend trail guide, gold");
  const rome = (zone: string) => `{%= formatDate(convertZonedDateTime(stringToDate("2026-07-01T10:00:00Z"), "${zone}"), "HH:mm") %}`;
  const newYork = '{%= formatDate(stringToDate("2026-01-01T10:00:00+00:00[America/New_York]"), "HH:mm") %}';
  const body = page.getByLabel("Body", { exact: true });
  await body.fill(`Rome ${rome("Europe/Rome")}, New York ${newYork}`);
  await expect(page.getByRole("img", { name: "iOS preview" })).toContainText("Rome 12:00, New York 05:00");
  await body.fill(rome("Europe/Rame"));
  await expect(page.getByText(/^Line 1, column \d+: Europe\/Rame is not a time zone/)).toBeVisible();
});

test("a preview knows the person's audiences and identities, and what starts the journey", async ({ page, signedIn }) => {
  await signedIn("admin");
  await page.goto("/audiences");
  await page.getByRole("link", { name: "Gold members" }).click();
  const asked = page.getByRole("figure", { name: "How a text asks for the audience" }).locator("code");
  const gold = ((await asked.textContent()) ?? "").match(/[0-9a-f-]{36}/)?.[0];
  expect(gold).toBeDefined();

  await openMessage(page, "Weekend trail guide, gold");
  const body = page.getByLabel("Body", { exact: true });
  const ios = page.getByRole("img", { name: "iOS preview" });
  await page.getByLabel("Test profile").selectOption({ index: 0 });
  await body.fill(`{{profile.loyalty.tier}} {%#if inAudience("${gold}")%}member{%else%}guest{%/if%}`);
  await expect(ios).toContainText(/gold member|(silver|bronze|none) guest/);
  await body.fill("Known: {%= profile.identityMap.Email[0].id = profile.personalEmail.address %}");
  await expect(ios).toContainText("Known: true");
  await body.fill('Known: {%= profile.identityMap.Email[0].id ?: "nobody" %}');
  await expect(ios).toContainText(/Known: \S+@\S+/);
  await page.getByLabel("Test profile").selectOption("Nobody: every field is empty");
  await expect(ios).toContainText("Known: nobody");

  // Its journey reads an audience, so that this is what the preview starts with.
  await body.fill('By {{context.journey.technicalProperties.journeyVersionName}} for {%= audience.name ?: "all" %}');
  await expect(ios).toContainText("By Sample journey for Lapsed, reachable");
  await page.getByText("Another profile, and what starts the journey").click();
  const start = page.getByLabel("What starts the journey", { exact: true });
  await expect(start).toHaveValue(/^[0-9a-f-]{36}$/);
  await expect(page.getByLabel("Sample event")).toHaveCount(0);
  await start.selectOption("An event");
  await expect(ios).toContainText("By Sample journey for all");
  await expect(page.getByLabel("Sample event")).toBeVisible();
  await inspect(page, "message-start");

  // What nobody is ever told is no field, and who is in no audience is said.
  await body.fill("{{device.model}}");
  await expect(page.getByText(/^Line 1, column \d+: device\.model is not a known field/)).toBeVisible();
  await body.fill('{%#if inAudience("gold members")%}Hi{%/if%}');
  await expect(page.locator("#body-below").getByText(`write ${gold} for “Gold members”`)).toBeVisible();
});

test("a message that a journey sends is not archived", async ({ page, signedIn }) => {
  await signedIn("marketer");
  await page.goto("/messages");
  await hydrated(page);
  await page.getByRole("button", { name: "Actions for Basket reminder" }).click();
  await page.getByRole("button", { name: "Archive", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: /Basket reminder/ });
  await dialog.getByRole("button", { name: "Archive message" }).click();
  await expect(dialog).toContainText("is used by the journey");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await inspect(page, "messages");
});

test("what someone else has changed is not overwritten", async ({ page, signedIn, browser, baseURL }) => {
  await signedIn("marketer");
  await openMessage(page, "Basket reminder");
  const context = await browser.newContext({ baseURL });
  const other = await context.newPage();
  await signedIn("marketer", other);
  await other.goto(page.url());
  await hydrated(other);
  await other.getByLabel("Title", { exact: true }).fill("Theirs");
  await expect(other.getByText("Saving…")).toBeVisible();
  await expect(other.getByText("Saved", { exact: true })).toBeVisible();
  await page.getByLabel("Title", { exact: true }).fill("Mine");
  await expect(page.getByText("Someone else changed this message")).toBeVisible();
  await page.getByRole("button", { name: "Load theirs" }).click();
  await expect(page.getByLabel("Title", { exact: true })).toHaveValue("Theirs");
  await context.close();
});

test("a draft is sent to the phones of a test profile, and followed", async ({ page, signedIn, server }) => {
  await signedIn("marketer");
  await openMessage(page, "Basket reminder");
  const words = `Only for me ${Date.now()}`;
  await page.getByLabel("Title", { exact: true }).fill(`${words} {{profile.person.name.firstName ?: "friend"}}`);
  await page.getByLabel("Test profile").selectOption("Nobody: every field is empty");
  const send = page.getByRole("button", { name: "Send test push" });
  await expect(send).toBeDisabled();
  await page.getByLabel("Test profile").selectOption({ index: 0 });
  await send.click();
  await expect(page.getByText(/Sent to \d phones?\./)).toBeVisible();

  // It is on the phone as any other push.
  const held = async () => {
    const devices: { token: string }[] = await (await fetch(`${server.control}/devices`)).json();
    for (const { token } of devices) {
      const got = await (await fetch(`${server.control}/devices/${encodeURIComponent(token)}/notifications`)).text();
      if (got.includes(words)) return true;
    }
    return false;
  };
  await expect.poll(held, { timeout: 20_000 }).toBe(true);

  await page.getByRole("link", { name: /^Follow/ }).first().click();
  await expect(page.getByRole("heading", { level: 1, name: /Basket reminder/ })).toBeVisible();
  await expect(page.getByText("Proof", { exact: true })).toBeVisible();
  await expect(page.getByText("Accepted", { exact: true }).first()).toBeVisible();
  await expect(page.getByRole("figure", { name: "Payload" })).toContainText(words);
  const why = page.getByRole("group").filter({ hasText: "Why this text?" });
  await why.getByText("Why this text?").click();
  await expect(why).toContainText("The payload above is what was sent.");
  await expect(why).toContainText(/profile\.person\.name\.firstName \?: "friend" gives “\w+”\./);
  await inspect(page, "delivery");
});

test("a message is stopped, journeys skip it, and it is sent again", async ({ page, signedIn }) => {
  // Two pages are looked at, each in four ways.
  test.slow();
  await signedIn("marketer");
  await openMessage(page, "Basket reminder");
  await page.getByRole("button", { name: "Stop sending" }).click();
  const dialog = page.getByRole("dialog", { name: "Stop sending this message?" });
  await expect(dialog).toContainText("Journeys go on");
  await dialog.getByRole("button", { name: "Stop sending" }).click();
  const notice = page.getByText("Sending this message is stopped");
  await expect(notice).toBeVisible();
  await expect(page.getByRole("button", { name: "Stop sending" })).toBeHidden();
  await inspect(page, "message-stopped");
  const address = page.url();
  await page.goto("/");
  await hydrated(page);
  const attention = page.getByRole("listitem").filter({ hasText: "Nothing is sent of “Basket reminder”" });
  await expect(attention).toContainText("skips it");
  await inspect(page, "home-message-stopped");
  await attention.getByRole("link", { name: "Open the message" }).click();
  await expect(page).toHaveURL(address);

  // It stays so for whoever comes next, until somebody sends it again.
  await page.reload();
  await expect(notice).toBeVisible();
  await hydrated(page);
  await page.getByRole("button", { name: "Send again" }).click();
  await expect(notice).toBeHidden();
  await expect(page.getByRole("button", { name: "Stop sending" })).toBeVisible();
});

test("whose session has ended signs in beside what was typed, and loses nothing", async ({ page, signedIn, context }) => {
  await signedIn("marketer");
  await openMessage(page, "Thank you");
  await context.clearCookies();
  await page.getByLabel("Title", { exact: true }).fill("Typed without a session");
  await expect(page.getByText("Your session has ended")).toBeVisible();
  const opened = context.waitForEvent("page");
  await page.getByRole("link", { name: "Sign in in a new tab" }).click();
  await signedIn("marketer", await opened);
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
  await page.reload();
  await expect(page.getByLabel("Title", { exact: true })).toHaveValue("Typed without a session");
});

test("a template is coloured while it is typed, and a fault is underlined where it is", async ({ page, signedIn }) => {
  await signedIn("marketer");
  await openMessage(page, "Basket reminder");
  const body = page.getByLabel("Body", { exact: true });
  const layer = page.locator(".field.template", { has: body }).locator(".coloured");
  const part = (look: string) => layer.locator(`.t-${look}`);
  await body.fill('Hi {{profile.person.name.fristName}}, {%= upperCase("é") ?: 5 %}{{! so }}\n');
  await expect(layer).toHaveText('Hi {{profile.person.name.fristName}}, {%= upperCase("é") ?: 5 %}{{! so }}');
  await expect(part("call")).toHaveText("upperCase");
  await expect(part("text")).toHaveText('"é"');
  await expect(part("number")).toHaveText("5");
  await expect(part("comment")).toHaveText("{{! so }}");
  await expect(part("bad")).toHaveText("fristName");
  await inspect(page, "message-coloured");

  // The line stays with its word while one types before it, and goes when the fault is mended.
  await body.press("ControlOrMeta+Home");
  await body.pressSequentially("Oh, ");
  await expect(part("bad")).toHaveText("fristName");
  await page.getByRole("button", { name: "Use firstName" }).first().click();
  await expect(part("bad")).toHaveCount(0);
  await expect(layer).toContainText("Oh, Hi {{profile.person.name.firstName}}");

  // Letter by letter it stands where the field's own text does, over many lines.
  const unit = 'Hi {{profile.person.name.firstName}}, {%#if profile.loyalty.points > 100%}AV To. {{profile.loyalty.points}} fi{%else%}join{%/if%}. ';
  await body.fill(unit.repeat(20));
  await expect(layer).toHaveText(unit.repeat(20).trim());
  for (const width of [1440, 1203, 844, 390]) {
    await page.setViewportSize({ width, height: 900 });
    const heights = await body.evaluate((field: HTMLTextAreaElement) => {
      const coloured = field.parentElement?.querySelector(".coloured");
      return [field.scrollHeight, coloured?.scrollHeight];
    });
    expect(heights[1], `at ${width} px`).toBe(heights[0]);
  }

  // Where the system gives all colours, the field shows its own text.
  await page.emulateMedia({ forcedColors: "active" });
  await expect(layer).toBeHidden();
  await expect(body).not.toHaveCSS("color", "rgba(0, 0, 0, 0)");
});
