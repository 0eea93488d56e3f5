import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import pg from "pg";

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
  const program = process.env.HELIOGRAPH_BIN;
  if (!program) throw new Error("HELIOGRAPH_BIN must name the heliograph program: run `cargo xtask test e2e`");
  const folder = await mkdtemp(join(tmpdir(), "heliograph-e2e-"));
  const [port, controlPort] = [await freePort(), await freePort()];
  const args = ["demo", "--data-dir", folder, "--listen", `127.0.0.1:${port}`, "--control", `127.0.0.1:${controlPort}`];
  if (shoppers === "none") args.push("--shoppers", "0");
  if (database === "postgres") args.push("--database-url", await freshPostgres());
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.on("data", (text) => (output += text));
  child.stderr.on("data", (text) => (output += text));
  const url = `http://127.0.0.1:${port}`;
  await ready(child, url, () => output);
  return {
    url,
    control: `http://127.0.0.1:${controlPort}`,
    async stop() {
      if (child.exitCode === null) {
        const gone = new Promise((resolve) => child.once("exit", resolve));
        child.kill("SIGTERM");
        await gone;
      }
      await rm(folder, { recursive: true, force: true });
      const panic = output.indexOf("panicked at");
      if (panic >= 0) throw new Error(`heliograph panicked:\n${output.slice(Math.max(0, panic - 200), panic + 2000)}`);
    },
  };
}

async function ready(child: ChildProcess, url: string, output: () => string): Promise<void> {
  const until = Date.now() + 60_000;
  while (Date.now() < until) {
    if (child.exitCode !== null) throw new Error(`heliograph stopped with ${child.exitCode}:\n${output()}`);
    try {
      if ((await fetch(`${url}/readyz`)).ok) return;
    } catch {
      // Not listening yet.
    }
    await pause(50);
  }
  throw new Error(`heliograph was not ready within a minute:\n${output()}`);
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
