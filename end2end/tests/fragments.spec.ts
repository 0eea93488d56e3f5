import { expect, hydrated, inspect, openMessage, test } from "../support/fixtures.ts";

test.use({ shop: "fragments" });

test("a fragment is written, called in a message, published with it, and changed", async ({ page, signedIn }) => {
  test.slow();
  await signedIn("marketer");
  await page.goto("/messages");
  await hydrated(page);
  await page.getByRole("navigation", { name: "Messages" }).getByRole("link", { name: "Fragments" }).click();
  await expect(page).toHaveURL(/\/fragments$/);
  await page.getByRole("button", { name: "New fragment" }).first().click();
  const dialog = page.getByRole("dialog", { name: "New fragment" });
  const name = dialog.getByLabel("Name");
  await name.fill("two words");
  await dialog.getByRole("button", { name: "Create fragment" }).click();
  await expect(dialog).toContainText("only letters, digits, _ and -");
  await name.fill("Weekend-Walks");
  await dialog.getByRole("button", { name: "Create fragment" }).click();
  await expect(dialog).toContainText("There is a fragment “Weekend-Walks” already");
  await name.fill("more");
  await dialog.getByRole("button", { name: "Create fragment" }).click();
  await expect(page).toHaveURL(/\/fragments\/[0-9a-f-]{36}$/);
  const address = page.url();

  // What it leaves open is found, and shown with a sample.
  const text = page.getByLabel("Text", { exact: true });
  await text.fill("Looking for more? See our {{sport}} collection in {{profile.homeAddress.city}}.");
  await page.getByLabel("sport", { exact: true }).fill("climbing");
  const said = page.getByRole("group", { name: "It says" });
  await expect(said).toContainText(/See our climbing collection in [A-Z]/);
  await expect(page.getByRole("figure", { name: "How a message uses the fragment" })).toContainText('{{fragment name="more" sport="…"}}');
  await page.getByLabel("Description").fill("Closing line of every collection");
  await expect(page.getByText("Messages can use it once it is published.")).toBeVisible();

  // It cannot lead back to itself, and the way is told.
  const good = await text.inputValue();
  await text.fill("{{> more}}");
  await expect(page.getByText("Line 1, column 1: The fragment more calls itself: more → more.")).toBeVisible();
  await text.fill(good);
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Publish fragment" }).click();
  await page.getByRole("dialog", { name: "Publish this fragment?" }).getByRole("button", { name: "Publish", exact: true }).click();
  await expect(page.getByText("Published, version 1", { exact: true })).toBeVisible();

  // A message is offered it by its name, and says on the phone what it says.
  await page.goto("/messages");
  await hydrated(page);
  await page.getByRole("button", { name: "New message" }).first().click();
  const newMessage = page.getByRole("dialog", { name: "New message" });
  await newMessage.getByLabel("Name").fill("Climbing week");
  await newMessage.getByRole("button", { name: "Create message" }).click();
  await expect(page).toHaveURL(/\/messages\/[0-9a-f-]{36}$/);
  await hydrated(page);
  await page.getByLabel("Title", { exact: true }).fill("Climbing week");
  const body = page.getByLabel("Body", { exact: true });
  await body.pressSequentially("{{fragment name=\"mo");
  await expect(page.getByRole("option", { name: "more" })).toBeVisible();
  await expect(page.getByText("Closing line of every collection")).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(body).toHaveValue('{{fragment name="more"}}');
  await expect(page.getByText(/^Line 1, column 1: In the fragment more, line 1: sport has no value here/)).toBeVisible();
  await body.fill('{{fragment name="moer" sport="rope"}}');
  await page.getByRole("button", { name: "Use more" }).click();
  await expect(body).toHaveValue('{{fragment name="more" sport="rope"}}');
  const phone = page.getByRole("img", { name: "Android preview" });
  await expect(phone).toContainText("See our rope collection");
  await inspect(page, "message-fragment");
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Publish message" }).click();
  await page.getByRole("dialog", { name: "Publish this message?" }).getByRole("button", { name: "Publish", exact: true }).click();
  await expect(page.getByText("Published, version 1", { exact: true })).toBeVisible();

  // Its new text is not sent before the message is published anew, and that is said.
  await page.goto(address);
  await hydrated(page);
  await expect(page.getByText("Published with the newest text").first()).toBeVisible();
  await text.fill("Have a look at our {{sport}} collection.");
  await expect(page.getByText("Saving…")).toBeVisible();
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Publish fragment" }).click();
  await page.getByRole("dialog", { name: "Publish this fragment?" }).getByRole("button", { name: "Publish", exact: true }).click();
  await expect(page.getByText("Published, version 2", { exact: true })).toBeVisible();
  await expect(page.getByText("1 published message still says an older text")).toBeVisible();
  await expect(page.getByText("Published with an older text").first()).toBeVisible();
  await inspect(page, "fragment");

  // What is called keeps its name, and is not deleted.
  for (const [item, dialogName] of [["Rename", "Rename this fragment"], ["Delete", "Delete “more”?"]] as const) {
    await page.getByRole("button", { name: "More actions" }).click();
    await page.getByRole("button", { name: item, exact: true }).click();
    const refusing = page.getByRole("dialog", { name: dialogName });
    await expect(refusing).toContainText("Climbing week");
    await expect(refusing.getByRole("button", { name: `${item} fragment` })).toBeDisabled();
    await refusing.getByRole("button", { name: "Cancel" }).click();
  }

  // An older version can become the draft again.
  await page.getByRole("button", { name: "History" }).click();
  await page.getByRole("button", { name: "Restore into the draft" }).click();
  await expect(text).toHaveValue(good);
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();

  await page.getByRole("link", { name: "Open “Climbing week” and publish it anew" }).click();
  await expect(page).toHaveURL(/\/messages\/[0-9a-f-]{36}$/);
  await hydrated(page);
  await expect(page.getByText("The fragment more has a newer text")).toBeVisible();
  await expect(phone).toContainText("Have a look at our rope collection.");
  await page.getByRole("button", { name: "Publish message" }).click();
  await page.getByRole("dialog", { name: "Publish this message?" }).getByRole("button", { name: "Publish", exact: true }).click();
  await expect(page.getByText("Published, version 2", { exact: true })).toBeVisible();
  await expect(page.getByText("has a newer text")).toHaveCount(0);
  await page.goto(address);
  await expect(page.getByText("Published with the newest text").first()).toBeVisible();
  await expect(page.getByText("still says an older text")).toHaveCount(0);
});

test("fragments are found, renamed while nothing calls them, archived and deleted", async ({ page, signedIn }) => {
  test.slow();
  await signedIn("marketer");
  await page.goto("/fragments?q=every weekend");
  await hydrated(page);
  await expect(page.getByRole("row", { name: /weekend-walks .* 1 message/ })).toBeVisible();
  await page.goto("/fragments");
  await hydrated(page);
  await inspect(page, "fragments");
  await page.getByRole("button", { name: "New fragment" }).first().click();
  const dialog = page.getByRole("dialog", { name: "New fragment" });
  await dialog.getByLabel("Name").fill("greting");
  await dialog.getByRole("button", { name: "Create fragment" }).click();
  await expect(page).toHaveURL(/\/fragments\/[0-9a-f-]{36}$/);
  await hydrated(page);
  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("button", { name: "Rename", exact: true }).click();
  const rename = page.getByRole("dialog", { name: "Rename this fragment" });
  await rename.getByLabel("Name").fill("greeting");
  await rename.getByRole("button", { name: "Rename fragment" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Fragment: greeting" })).toBeVisible();
  await inspect(page, "fragment-new");

  // A message that calls it already is told that it is there, and what to do.
  await openMessage(page, "Basket reminder");
  const body = page.getByLabel("Body", { exact: true });
  const written = await body.inputValue();
  await body.fill("{{> greeting}}");
  await expect(page.getByText(/^Line 1, column 5: The fragment greeting has not been published yet\./)).toBeVisible();
  await body.fill(written);
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();

  await page.goto("/fragments");
  await hydrated(page);
  await page.getByRole("button", { name: "Actions for greeting" }).click();
  await page.getByRole("button", { name: "Archive", exact: true }).click();
  await page.getByRole("button", { name: "Archive fragment" }).click();
  await expect(page.getByRole("row", { name: /greeting/ })).toHaveCount(0);
  await page.getByRole("link", { name: "Archived" }).click();
  await page.getByRole("link", { name: "greeting" }).click();
  await expect(page.getByText("This fragment is archived")).toBeVisible();
  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByRole("button", { name: "Delete fragment" }).click();
  await expect(page).toHaveURL(/\/fragments$/);
  await expect(page.getByRole("row", { name: /greeting/ })).toHaveCount(0);
});
