import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";

/** A run of the heliograph program, with a folder of its own. */
export class Program {
  /** What it has written so far. */
  output = "";

  private constructor(
    private readonly child: ChildProcessByStdio<null, Readable, Readable>,
    readonly folder: string,
  ) {
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (this.output += text));
  }

  /** Starts it with what it is to be told, given its folder. */
  static async start(args: (folder: string) => string[]): Promise<Program> {
    const program = process.env.HELIOGRAPH_BIN;
    if (!program) throw new Error("HELIOGRAPH_BIN must name the heliograph program: run `cargo xtask test e2e`");
    const folder = await mkdtemp(join(tmpdir(), "heliograph-e2e-"));
    return new Program(spawn(program, args(folder), { stdio: ["ignore", "pipe", "pipe"] }), folder);
  }

  /** Fails if it has ended by itself. */
  check(): void {
    const { exitCode, signalCode } = this.child;
    if (exitCode !== null || signalCode !== null) {
      throw new Error(`heliograph stopped with ${exitCode ?? signalCode}:\n${this.output}`);
    }
  }

  /** Waits until what it has written fits. */
  async says(what: RegExp): Promise<RegExpMatchArray> {
    for (;;) {
      const said = this.output.match(what);
      if (said) return said;
      this.check();
      const heard = new AbortController();
      const { signal } = heard;
      await Promise.race([once(this.child.stdout, "data", { signal }), once(this.child, "exit", { signal })]);
      heard.abort();
    }
  }

  /** Ends it, and fails if anything in it panicked. */
  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const gone = once(this.child, "exit");
      this.child.kill("SIGTERM");
      await gone;
    }
    await rm(this.folder, { recursive: true, force: true });
    const panic = this.output.indexOf("panicked at");
    if (panic >= 0) {
      throw new Error(`heliograph panicked:\n${this.output.slice(Math.max(0, panic - 200), panic + 2000)}`);
    }
  }
}
