import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { ask } from "./phone.ts";
import { Program } from "./program.ts";

export type Platform = "apns" | "apnsSandbox" | "fcm";

/** What is on a phone, as far as it is looked at here. */
export interface Shown {
  headers: Record<string, string>;
  payload: any;
  view: { title: string; body: string };
  fate: "shown" | "not_shown";
}

/** What one of the two providers has seen. */
export interface Counts {
  connections: number;
  requests: number;
  accepted: number;
  accepted_distinct: number;
  doubled: number;
  checked: number;
  refused_streams: number;
  refused: Record<string, number>;
}

/** `heliograph simulator` alone: the providers and the phones, without the server that sends. */
export class Simulator {
  private constructor(
    private readonly program: Program,
    private readonly control: string,
    /** Where each service listens on this machine. */
    readonly ports: Record<Platform, number>,
    /** The authority that its certificate is of. */
    readonly ca: string,
  ) {}

  /** Starts it on ports that are free; `more` is what else it is told. */
  static async start(more: string[] = []): Promise<Simulator> {
    const free = "127.0.0.1:0";
    const program = await Program.start((folder) => [
      "simulator",
      ...["--apns", free, "--apns-sandbox", free, "--fcm", free, "--control", free],
      ...["--data-dir", folder],
      ...more,
    ]);
    // The last line comes when everything listens.
    const { 0: said } = await program.says(/^Apple, production[^]*Trust this authority: .*\n/m);
    const port = (name: string) => Number(said.match(new RegExp(`^${name} .*:(\\d+)$`, "m"))?.[1]);
    return new Simulator(
      program,
      `http://127.0.0.1:${port("Control API")}`,
      { apns: port("Apple, production"), apnsSandbox: port("Apple, sandbox"), fcm: port("Google") },
      await readFile(join(program.folder, "ca.pem"), "utf8"),
    );
  }

  /** A folder that is gone when the simulator is. */
  get folder(): string {
    return this.program.folder;
  }

  stop(): Promise<void> {
    return this.program.stop();
  }

  /** Takes back every fault, forgets what was counted and empties the phones. */
  async reset(): Promise<void> {
    await ask(`${this.control}/reset`, "POST");
  }

  /** New phones with the app; gives their push tokens. */
  async install(platform: Platform, app: string, phones = 1): Promise<string[]> {
    const add = async () => (await (await ask(`${this.control}/devices`, "POST", { platform, app })).json()).token;
    return Promise.all(Array.from({ length: phones }, add));
  }

  /** Removes the app from a phone; gives the time of it, in milliseconds since 1970. */
  async removeApp(token: string): Promise<number> {
    await ask(this.at(token, "remove-app"), "POST");
    const phones: { token: string; removed_at: string }[] = await (await fetch(`${this.control}/devices`)).json();
    return Date.parse(phones.find((phone) => phone.token === token)?.removed_at ?? "");
  }

  /** What is on the phone, the newest first. */
  async notifications(token: string): Promise<Shown[]> {
    return (await fetch(this.at(token, "notifications"))).json();
  }

  async setFaults(faults: object): Promise<void> {
    await ask(`${this.control}/faults`, "PUT", faults);
  }

  async counts(provider: "apns" | "fcm"): Promise<Counts> {
    return (await (await fetch(`${this.control}/counts`)).json())[provider];
  }

  private at(token: string, what: string): string {
    return `${this.control}/devices/${encodeURIComponent(token)}/${what}`;
  }
}
