// Sends with @parse/node-apn, and prints how it went as JSON.
const fs = require("node:fs");
const apn = require("@parse/node-apn");
const { drive } = require("./drive.cjs");

const job = JSON.parse(process.argv[2]);
const provider = new apn.Provider({
  token: { key: job.key, keyId: job.keyId, teamId: job.teamId },
  address: "localhost",
  port: job.port,
  ca: fs.readFileSync(job.ca),
  production: true,
  clientCount: job.connections,
});
const note = new apn.Notification();
Object.assign(note, { topic: job.topic, pushType: "alert", priority: 10, expiry: 1900000000 });
note.rawPayload = JSON.parse(job.payload);

drive(job, 1, async ([token]) => {
  const { failed } = await provider.send(note, token);
  return failed.map(({ status, error, response }) => ({
    refused: status === 410,
    why: response?.reason ?? error?.message ?? String(status),
  }));
});
