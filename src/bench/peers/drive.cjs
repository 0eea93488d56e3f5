// Has a client send a job's pushes, so many at a time, and prints how it went as JSON.

/** The push token with this number, as the benchmark makes them; so many in a hundred are dead. */
function token(n, dead) {
  return (n * 37) % 100 < dead ? "dead" + n.toString(16).padStart(60, "0") : n.toString(16).padStart(64, "0");
}

/** `send` takes up to `batch` tokens, and gives those that failed, each with whether the provider called it dead. */
exports.drive = async (job, batch, send) => {
  const waits = [];
  let [next, refused, lost, why] = [0, 0, 0, undefined];
  async function lane(end) {
    while (next < end) {
      const tokens = [];
      while (tokens.length < batch && next < end) tokens.push(token(next++, job.dead));
      const sent = performance.now();
      let failed;
      try {
        failed = await send(tokens);
      } catch (error) {
        failed = tokens.map(() => ({ refused: false, why: String(error) }));
      }
      waits.push(performance.now() - sent);
      for (const failure of failed) {
        if (failure.refused) refused++;
        else [lost, why] = [lost + 1, why ?? failure.why];
      }
    }
  }
  const lanes = (end) => Promise.all(Array.from({ length: Math.max(1, job.atOnce / batch) }, () => lane(end)));
  await lanes(job.warmUp);
  [refused, lost, why, waits.length] = [0, 0, undefined, 0];
  const started = performance.now();
  await lanes(job.warmUp + job.pushes);
  const ms = performance.now() - started;
  waits.sort((a, b) => a - b);
  const at = (share) => waits[Math.round((waits.length - 1) * share)];
  console.log(JSON.stringify({ ms, refused, lost, why, p50: at(0.5), p99: at(0.99) }));
  process.exit(0);
};
