import { randomUUID } from "node:crypto";

import type { Server } from "./server.ts";

/** Where an app sends its events: what a developer copies from the property's page. */
export interface Edge {
  url: string;
  configId: string;
  eventDataset: string;
}

/** A notification on a phone, as the simulator tells it. */
export interface Notification {
  id: number;
  view: { title: string; body: string };
}

/** A phone of the simulator with the app on it, and the person who carries it. */
export class Phone {
  private constructor(
    private readonly server: Server,
    private readonly edge: Edge,
    readonly token: string,
    private readonly ecid: string,
    private readonly email: string,
  ) {}

  /** A new phone with the app, whose taps go back to the app's datastream. */
  static async install(
    server: Server,
    edge: Edge,
    about: { platform: "apns" | "fcm"; app: string; email: string },
  ): Promise<Phone> {
    await ask(`${server.control}/edges/${about.app}`, "PUT", {
      url: edge.url,
      config_id: edge.configId,
      event_dataset: edge.eventDataset,
    });
    const { platform, app, email } = about;
    const device: { token: string; ecid: string } = await (
      await ask(`${server.control}/devices`, "POST", { platform, app, label: email })
    ).json();
    return new Phone(server, edge, device.token, device.ecid, email);
  }

  /** Sends the push token, as the SDK does when the app is opened. */
  async syncToken(): Promise<void> {
    await ask(this.at("sync"), "POST", this.person());
  }

  /** Sends one event in the Edge Network's protocol, with the body that the SDK writes. */
  async send(eventType: string, xdm: object = {}): Promise<void> {
    const ecid = [{ id: this.ecid, authenticatedState: "ambiguous", primary: false }];
    const answer = await ask(
      `${this.edge.url}/ee/v1/interact?configId=${this.edge.configId}&requestId=${randomUUID()}`,
      "POST",
      {
        xdm: { identityMap: { ECID: ecid, ...this.person() } },
        events: [{ xdm: { _id: randomUUID(), timestamp: new Date().toISOString(), eventType, ...xdm } }],
        meta: { konductorConfig: { streaming: { enabled: true, recordSeparator: "\u0000", lineFeed: "\n" } } },
      },
    );
    if (!(await answer.text()).includes('"handle"')) throw new Error("the event was not taken");
  }

  /** What is on the phone, the newest first. */
  async notifications(): Promise<Notification[]> {
    return (await fetch(this.at("notifications"))).json();
  }

  /** Opens the newest notification. */
  async tap(): Promise<void> {
    await ask(this.at("tap"), "POST");
  }

  /** Removes the app, so that the provider calls the token dead from then on. */
  async removeApp(): Promise<void> {
    await ask(this.at("remove-app"), "POST");
  }

  private person(): object {
    return { Email: [{ id: this.email, authenticatedState: "authenticated", primary: true }] };
  }

  private at(what: string): string {
    return `${this.server.control}/devices/${encodeURIComponent(this.token)}/${what}`;
  }
}

/** Asks the control API of a simulator for something, and fails if it refuses. */
export async function ask(url: string, method: "POST" | "PUT", body?: object): Promise<Response> {
  const answer = await fetch(url, {
    method,
    headers: body && { "content-type": "application/json" },
    body: body && JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`);
  return answer;
}
