import { createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

import pg from "pg";

import { Program } from "./program.ts";

export type Database = "sqlite" | "postgres";

/** A running `heliograph demo`, with its own database, simulator and sample data. */
export interface Server {
  /** Address of the console, without a slash at the end. */
  url: string;
  /** Address of the simulator's control API, likewise. */
  control: string;
  stop(): Promise<void>;
}

/** How lively the sample shoppers are. */
export type Shoppers = "none" | "some";

/** Starts the demo on ports of its own and waits until it is ready. */
export async function start(database: Database, shoppers: Shoppers = "none"): Promise<Server> {
  const [port, controlPort] = [await freePort(), await freePort()];
  const [listen, control] = [`127.0.0.1:${port}`, `127.0.0.1:${controlPort}`];
  const more = shoppers === "none" ? ["--shoppers", "0"] : [];
  if (database === "postgres") more.push("--database-url", await freshPostgres());
  const program = await Program.start((folder) => [
    "demo",
    ...["--data-dir", folder, "--listen", listen, "--control", control],
    ...more,
  ]);
  await ready(program, `http://${listen}`);
  return { url: `http://${listen}`, control: `http://${control}`, stop: () => program.stop() };
}

async function ready(program: Program, url: string): Promise<void> {
  const until = Date.now() + 60_000;
  while (Date.now() < until) {
    program.check();
    try {
      if ((await fetch(`${url}/readyz`)).ok) return;
    } catch {
      // Not listening yet.
    }
    await pause(50);
  }
  throw new Error(`heliograph was not ready within a minute:\n${program.output}`);
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => (address && typeof address === "object" ? resolve(address.port) : reject(new Error("no port"))));
    });
  });
}

let databases = 0;

async function freshPostgres(): Promise<string> {
  const server = process.env.HELIOGRAPH_TEST_POSTGRES;
  if (!server) throw new Error("HELIOGRAPH_TEST_POSTGRES must hold PostgreSQL's address");
  const name = `e2e_${process.pid}_${databases++}`;
  const address = new URL(server);
  const client = new pg.Client({
    // A socket folder comes as `?host=/run/postgresql` or, encoded, in place of the host.
    host: address.searchParams.get("host") ?? decodeURIComponent(address.hostname),
    port: Number(address.searchParams.get("port") ?? (address.port || 5432)),
    user: address.username || "postgres",
    database: address.pathname.slice(1) || "postgres",
  });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  address.pathname = `/${name}`;
  return address.toString();
}
