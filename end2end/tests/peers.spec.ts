// Clients that others wrote send to the simulator, so that its likeness to Apple and Google does not rest on our own client.
// They are used as their manuals say; no browser is needed.

import { createPublicKey, generateKeyPairSync, randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";

import { Notification, Provider } from "@parse/node-apn";
import { expect, test as base } from "@playwright/test";
import { type App, cert, deleteApp, initializeApp } from "firebase-admin/app";
import { type BatchResponse, type Message, type Messaging, getMessaging } from "firebase-admin/messaging";

import { agentTo, leadHttp2, serviceAccount } from "../support/google.ts";
import { type Platform, type Shown, Simulator } from "../support/simulator.ts";

const APP = "shop.example.app";
const PROJECT = "example-shop";
const KEY = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" });
/** A token of Apple's form that no phone has. */
const STRANGER = "ab".repeat(32);

interface Peers {
  /** A client of Apple's with the key of a team; the service is the production one if nothing else is said. */
  apple: (about?: { service?: Platform; keyId?: string; teamId?: string }) => Provider;
  /** A client of Google's that signs in for the project and sends to the same one, or to another. */
  google: (sendsTo?: string) => Messaging;
}

const test = base.extend<Peers, { simulator: Simulator; account: string }>({
  simulator: [
    async ({}, use) => {
      const simulator = await Simulator.start();
      await use(simulator);
      await simulator.stop();
    },
    { scope: "worker" },
  ],
  // firebase-admin keeps one credential for a file, so that the tests share a sign-in.
  account: [async ({ simulator }, use) => use(await serviceAccount(simulator.folder, PROJECT)), { scope: "worker" }],
  apple: async ({ simulator }, use) => {
    const made: Provider[] = [];
    await use(({ service = "apns", keyId = "KEY4TESTS1", teamId = "TEAMTESTS1" } = {}) => {
      const provider = new Provider({
        token: { key: KEY, keyId, teamId },
        address: "localhost",
        port: simulator.ports[service],
        ca: [simulator.ca],
      });
      made.push(provider);
      return provider;
    });
    await Promise.all(made.map((provider) => provider.shutdown()));
  },
  google: async ({ simulator, account }, use) => {
    const place = { port: simulator.ports.fcm, ca: simulator.ca };
    const putBack = leadHttp2(place);
    const made: App[] = [];
    await use((sendsTo = PROJECT) => {
      const httpAgent = agentTo(place);
      const app = initializeApp({ credential: cert(account, httpAgent), projectId: sendsTo, httpAgent }, randomUUID());
      made.push(app);
      return getMessaging(app);
    });
    await Promise.all(made.map(deleteApp));
    putBack();
  },
});

test.beforeEach(({ simulator }) => simulator.reset());

test.describe("@parse/node-apn", () => {
  function alert(fields: object = {}): Notification {
    const notification = new Notification();
    return Object.assign(notification, { topic: APP, pushType: "alert", id: randomUUID() }, fields);
  }

  test("brings a push to the phone, with its payload and its collapse id", async ({ simulator, apple }) => {
    const [token] = await simulator.install("apns", APP);
    const expiry = Math.floor(Date.now() / 1000) + 3600;
    const notification = alert({
      collapseId: "order-17",
      expiry,
      priority: 5,
      alert: { title: "Your order", body: "It is on its way" },
      badge: 2,
      payload: { order: 17 },
    });
    const { sent, failed } = await apple().send(notification, token);
    expect(failed).toEqual([]);
    expect(sent).toEqual([{ device: token, "apns-id": notification.id }]);
    const [shown, ...others] = await simulator.notifications(token);
    expect(others).toEqual([]);
    expect(shown.payload).toEqual({
      aps: { alert: { title: "Your order", body: "It is on its way" }, badge: 2 },
      order: 17,
    });
    expect(shown.headers).toEqual({
      "apns-id": notification.id,
      "apns-topic": APP,
      "apns-push-type": "alert",
      "apns-collapse-id": "order-17",
      "apns-expiration": `${expiry}`,
      "apns-priority": "5",
    });
    expect(shown.view).toMatchObject({ title: "Your order", body: "It is on its way" });

    // One with the same collapse id takes its place; a silent one stands beside it.
    const second = alert({ collapseId: "order-17", alert: "It is there" });
    const silent = alert({ pushType: "background", priority: 5, contentAvailable: 1 });
    for (const next of [second, silent]) expect((await apple().send(next, token)).failed).toEqual([]);
    const now = await simulator.notifications(token);
    expect(now.map(({ headers, fate }) => [headers["apns-id"], fate])).toEqual([
      [silent.id, "not_shown"],
      [second.id, "shown"],
    ]);
  });

  test("is given an id for Apple's delivery log by the sandbox alone", async ({ simulator, apple }) => {
    const [[production], [sandbox]] = [await simulator.install("apns", APP), await simulator.install("apnsSandbox", APP)];
    const inProduction = await apple().send(alert({ alert: "Hello" }), production);
    expect(inProduction.sent).toEqual([expect.not.objectContaining({ "apns-unique-id": expect.anything() })]);
    const inSandbox = await apple({ service: "apnsSandbox" }).send(alert({ alert: "Hello" }), sandbox);
    expect(inSandbox.sent).toEqual([
      expect.objectContaining({ "apns-unique-id": expect.stringMatching(/^[0-9a-f-]{36}$/) }),
    ]);
  });

  test("is told which tokens are unknown, and since when an app is gone", async ({ simulator, apple }) => {
    const [stays, goes] = await simulator.install("apns", APP, 2);
    const timestamp = await simulator.removeApp(goes);
    const provider = apple();
    expect((await provider.send(alert({ alert: "Hello" }), stays)).failed).toEqual([]);
    const { sent, failed } = await provider.send(alert({ alert: "Hello again" }), [stays, STRANGER, goes]);
    expect(sent).toMatchObject([{ device: stays }]);
    expect(failed).toMatchObject([
      { device: STRANGER, status: 400, response: { reason: "BadDeviceToken" } },
      { device: goes, status: 410, response: { reason: "Unregistered", timestamp } },
    ]);
    expect((await simulator.counts("apns")).refused).toEqual({ BadDeviceToken: 1, Unregistered: 1 });
  });

  test("is told so when a phone's token belongs to the other service", async ({ simulator, apple }) => {
    const [token] = await simulator.install("apns", APP);
    const { failed } = await apple({ service: "apnsSandbox" }).send(alert({ alert: "Hi" }), token);
    expect(failed).toMatchObject([{ device: token, status: 400, response: { reason: "BadDeviceToken" } }]);
    expect(await simulator.notifications(token)).toEqual([]);
  });

  test("is refused with the key of another team", async ({ simulator, apple }) => {
    const [token] = await simulator.install("apns", APP);
    // A simulator alone takes a key for the team that it first comes with.
    const own = await apple({ keyId: "KEY4TEAMS1", teamId: "TEAMTESTS1" }).send(alert({ alert: "Hello" }), token);
    expect(own.failed).toEqual([]);
    const other = await apple({ keyId: "KEY4TEAMS1", teamId: "TEAMTESTS2" }).send(alert({ alert: "Hello" }), token);
    expect(other).toMatchObject({
      sent: [],
      failed: [{ device: token, status: 403, response: { reason: "InvalidProviderToken" } }],
    });
    expect(await simulator.notifications(token)).toHaveLength(1);
  });

  test("is told what is wrong with a push", async ({ simulator, apple }) => {
    const [token] = await simulator.install("apns", APP);
    const provider = apple();
    for (const [status, reason, fields] of [
      [400, "DeviceTokenNotForTopic", { topic: "shop.example.other" }],
      [400, "BadPriority", { pushType: "background", priority: 10, contentAvailable: 1 }],
      [400, "BadCollapseId", { collapseId: "x".repeat(65) }],
      [400, "MissingTopic", { topic: undefined }],
      [413, "PayloadTooLarge", { payload: { filling: "x".repeat(4096) } }],
    ] as const) {
      const { failed } = await provider.send(alert({ alert: "Hello", ...fields }), token);
      expect(failed, reason).toMatchObject([{ status, response: { reason } }]);
    }
    expect(await simulator.notifications(token)).toEqual([]);
  });

  test("sends 500 pushes at once, and none is lost or doubled", async ({ simulator, apple }) => {
    const tokens = await simulator.install("apns", APP, 25);
    const provider = apple();
    // Only after a first push does Apple allow more than one stream; see the next test.
    expect((await provider.send(alert({ alert: "First" }), tokens[0])).failed).toEqual([]);
    await simulator.reset();
    const pushes = many(500, tokens, () => alert({ alert: "Hello" }));
    const answers = await Promise.all(pushes.map(({ token, message }) => provider.send(message, token)));
    expect(answers.flatMap(({ failed }) => failed)).toEqual([]);
    expect(await simulator.counts("apns")).toMatchObject({
      ...{ requests: 500, accepted: 500, accepted_distinct: 500, doubled: 0, refused_streams: 0, refused: {} },
    });
    const onPhones = await eachPhone(simulator, tokens, ({ headers }) => headers["apns-id"]);
    expect(onPhones).toEqual(pushes.map(({ token, message }) => `${token} ${message.id}`).sort());
  });

  // Apple allows one stream on a connection until a push with a valid token has come ("Sending notification requests to
  // APNs"); it was seen to end the whole connection of who opened more (golang/go issue 17265). Before the first SETTINGS
  // the client knows of no limit and opens 100 streams. Those over the limit are refused, and were never processed.
  test("is held to one stream before its first push is accepted", async ({ simulator, apple }) => {
    const tokens = await simulator.install("apns", APP, 25);
    const provider = apple();
    const pushes = many(500, tokens, () => alert({ alert: "Hello" }));
    const answers = await Promise.all(pushes.map(({ token, message }) => provider.send(message, token)));
    const failed = answers.flatMap((answer) => answer.failed);
    expect(failed.length).toBeGreaterThan(0);
    for (const { error } of failed) expect(error?.message).toContain("NGHTTP2_REFUSED_STREAM");
    expect(await simulator.counts("apns")).toMatchObject({
      accepted: 500 - failed.length,
      accepted_distinct: 500 - failed.length,
      doubled: 0,
      refused_streams: failed.length,
    });
    const sent = pushes.filter((_, index) => answers[index].sent.length === 1);
    const onPhones = await eachPhone(simulator, tokens, ({ headers }) => headers["apns-id"]);
    expect(onPhones).toEqual(sent.map(({ token, message }) => `${token} ${message.id}`).sort());
  });

  test("tries a push again that the service could not take", async ({ simulator, apple }) => {
    const [token] = await simulator.install("apns", APP);
    await simulator.setFaults({ rules: [{ provider: "apns", times: 2, outcome: { kind: "unavailable" } }] });
    expect((await apple().send(alert({ alert: "Hello" }), token)).failed).toEqual([]);
    expect(await simulator.counts("apns")).toMatchObject({
      ...{ requests: 3, accepted: 1, doubled: 0, refused: { ServiceUnavailable: 2 } },
    });
  });

  test("goes on with a new connection after GOAWAY", async ({ simulator, apple }) => {
    const [token] = await simulator.install("apns", APP);
    await simulator.setFaults({ apns: { go_away_after: 3 } });
    const provider = apple();
    for (let push = 0; push < 6; push++) {
      expect((await provider.send(alert({ alert: "Hello" }), token)).failed).toEqual([]);
    }
    expect(await simulator.counts("apns")).toMatchObject({ connections: 2, accepted: 6, doubled: 0 });
  });
});

test.describe("firebase-admin", () => {
  test("signs in and brings a message to the phone", async ({ simulator, google }) => {
    const [token] = await simulator.install("fcm", APP);
    const answer = await google().sendEach([
      {
        token,
        notification: { title: "Your order", body: "It is on its way" },
        data: { order: "17" },
        android: { priority: "high", ttl: 3_600_000, collapseKey: "order-17", notification: { channelId: "orders" } },
      },
    ]);
    expect(outcomes(answer)).toEqual(["sent"]);
    const [shown, ...others] = await simulator.notifications(token);
    expect(others).toEqual([]);
    expect(answer.responses[0].messageId).toBe(`projects/${PROJECT}/messages/${shown.headers["message-id"]}`);
    expect(shown.payload).toEqual({
      token,
      notification: { title: "Your order", body: "It is on its way" },
      data: { order: "17" },
      android: { priority: "high", ttl: "3600s", collapse_key: "order-17", notification: { channel_id: "orders" } },
    });
    expect(shown.view).toMatchObject({ title: "Your order", body: "It is on its way" });
  });

  test("sends by HTTP/1.1 too, and only checks a message when told so", async ({ simulator, google }) => {
    const [token] = await simulator.install("fcm", APP);
    const message: Message = { token, data: { order: "17" } };
    const messaging = google();
    expect(await messaging.send(message, true)).toBe(`projects/${PROJECT}/messages/fake_message_id`);
    expect(await simulator.notifications(token)).toEqual([]);
    const id = await messaging.send(message);
    const shown = await simulator.notifications(token);
    expect(shown).toMatchObject([{ payload: message, fate: "not_shown" }]);
    expect(id).toBe(`projects/${PROJECT}/messages/${shown[0].headers["message-id"]}`);
    expect(await simulator.counts("fcm")).toMatchObject({ requests: 2, accepted: 1, checked: 1, refused: {} });
  });

  test("is told which tokens are not valid, and which apps are gone", async ({ simulator, google }) => {
    const [stays, goes] = await simulator.install("fcm", APP, 2);
    await simulator.removeApp(goes);
    // It has the form of a token, but Google never gave it out.
    const stranger = [...stays].reverse().join("");
    const tokens = [stays, goes, stranger, "no-token"];
    const notValid = "messaging/invalid-argument: The registration token is not a valid FCM registration token";
    expect(outcomes(await google().sendEach(tokens.map((token) => ({ token, data: { order: "17" } }))))).toEqual([
      "sent",
      "messaging/registration-token-not-registered: Requested entity was not found.",
      notValid,
      notValid,
    ]);
    expect((await simulator.counts("fcm")).refused).toEqual({ UNREGISTERED: 1, INVALID_ARGUMENT: 2 });
  });

  test("may not send for another project, nor to its apps", async ({ simulator, google }) => {
    const [own, others] = await simulator.install("fcm", APP, 2);
    const to = (token: string): Message[] => [{ token, data: { order: "17" } }];
    const mismatched = "messaging/mismatched-credential";
    const another = await google("another-shop").sendEach(to(own));
    expect(outcomes(another)).toEqual([expect.stringMatching(`^${mismatched}: Permission .* denied`)]);
    await simulator.setFaults({ rules: [{ provider: "fcm", token_prefix: others, outcome: { kind: "other_app" } }] });
    const both = await google().sendEach([...to(own), ...to(others)]);
    expect(outcomes(both)).toEqual(["sent", `${mismatched}: SenderId mismatch`]);
    expect(await simulator.notifications(others)).toEqual([]);
  });

  test("is told that the quota is spent", async ({ simulator, google }) => {
    const [token] = await simulator.install("fcm", APP);
    await simulator.setFaults({ fcm: { quota_per_minute: 1 } });
    const messages = Array.from({ length: 3 }, (): Message => ({ token, data: { order: "17" } }));
    const spent = "messaging/message-rate-exceeded: Quota exceeded.";
    expect(outcomes(await google().sendEach(messages)).sort()).toEqual([spent, spent, "sent"]);
    expect((await simulator.counts("fcm")).refused).toEqual({ QUOTA_EXCEEDED: 2 });
  });

  test("tries a message again that the service could not take", async ({ simulator, google }) => {
    const [token] = await simulator.install("fcm", APP);
    await simulator.setFaults({ rules: [{ provider: "fcm", times: 1, outcome: { kind: "unavailable" } }] });
    expect(outcomes(await google().sendEach([{ token, data: { order: "17" } }]))).toEqual(["sent"]);
    expect(await simulator.counts("fcm")).toMatchObject({ requests: 2, accepted: 1, refused: { UNAVAILABLE: 1 } });
  });

  test("sends 500 messages at once, and none is lost or doubled", async ({ simulator, google }) => {
    const tokens = await simulator.install("fcm", APP, 25);
    const pushes = many(500, tokens, () => randomUUID());
    const answer = await google().sendEach(
      pushes.map(({ token, message }): Message => ({ token, data: { _xdm: tracking(message) } })),
    );
    expect(outcomes(answer).filter((outcome) => outcome !== "sent")).toEqual([]);
    expect(await simulator.counts("fcm")).toMatchObject({
      ...{ requests: 500, accepted: 500, accepted_distinct: 500, doubled: 0, refused: {} },
    });
    const onPhones = await eachPhone(simulator, tokens, ({ payload }) => payload.data._xdm);
    expect(onPhones).toEqual(pushes.map(({ token, message }) => `${token} ${tracking(message)}`).sort());
  });

  /** What became of each message, in the client's words. */
  function outcomes({ responses }: BatchResponse): string[] {
    return responses.map(({ error }) => (error ? `${error.code}: ${error.message}` : "sent"));
  }

  /** What the simulator knows a message by, in the form that apps with the AEP Mobile SDK get it. */
  function tracking(id: string): string {
    const execution = { messageExecution: { messageExecutionID: id } };
    return JSON.stringify({ mixins: { _experience: { customerJourneyManagement: execution } } });
  }
});

/** So many messages, spread evenly over the phones. */
function many<M>(count: number, tokens: string[], message: () => M): { token: string; message: M }[] {
  return Array.from({ length: count }, (_, index) => ({ token: tokens[index % tokens.length], message: message() }));
}

/** What is on the phones, each as its token and what tells it from others, in order. */
async function eachPhone(simulator: Simulator, tokens: string[], name: (shown: Shown) => string): Promise<string[]> {
  const of = async (token: string) => (await simulator.notifications(token)).map((shown) => `${token} ${name(shown)}`);
  return (await Promise.all(tokens.map(of))).flat().sort();
}

test("a simulator that is told of keys lets in those who have them, and nobody else", async ({}, info) => {
  const [publicKey, known] = [info.outputPath("key.pem"), await serviceAccount(info.outputPath(), PROJECT)];
  const stranger = await serviceAccount(info.outputPath(), `${PROJECT}-2`);
  await writeFile(publicKey, createPublicKey(KEY).export({ type: "spki", format: "pem" }));
  const strict = await Simulator.start(["--apns-key", `TEAMTESTS1:KEY4TESTS1:${publicKey}`, "--service-account", known]);
  try {
    const [token] = await strict.install("apns", APP);
    const other = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" });
    for (const [key, keyId, reason] of [
      [KEY, "KEY4TESTS1", undefined],
      [KEY, "KEY4TESTS2", "InvalidProviderToken"],
      [other, "KEY4TESTS1", "InvalidProviderToken"],
    ] as const) {
      const provider = new Provider({
        token: { key, keyId, teamId: "TEAMTESTS1" },
        ...{ address: "localhost", port: strict.ports.apns, ca: [strict.ca] },
      });
      const notification = Object.assign(new Notification(), { topic: APP, pushType: "alert", alert: "Hello" });
      const { failed } = await provider.send(notification, token);
      expect(failed.map(({ response }) => response?.reason)).toEqual(reason ? [reason] : []);
      await provider.shutdown();
    }
    const agent = agentTo({ port: strict.ports.fcm, ca: strict.ca });
    await expect(cert(known, agent).getAccessToken()).resolves.toMatchObject({ access_token: expect.any(String) });
    await expect(cert(stranger, agent).getAccessToken()).rejects.toThrow(/invalid_grant/);
  } finally {
    await strict.stop();
  }
});
