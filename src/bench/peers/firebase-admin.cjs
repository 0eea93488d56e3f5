// Sends with firebase-admin, and prints how it went as JSON.
//
// It knows no other host than Google's for HTTP/2 and takes no agent there, so `connect` itself leads to the stand-in. It
// also asks for the scheme `https:`, with a colon that RFC 3986 (section 3.1) does not allow; that is put right here.
const fs = require("node:fs");
const http2 = require("node:http2");
const tls = require("node:tls");

const job = JSON.parse(process.argv[2]);
const ca = fs.readFileSync(job.ca);
const { connect } = http2;
http2.connect = (authority, options) => {
  const createConnection = () =>
    tls.connect({ host: "127.0.0.1", servername: "localhost", port: job.port, ca, ALPNProtocols: ["h2"] });
  const session = connect(authority, { ...options, createConnection });
  const request = session.request.bind(session);
  session.request = (headers, more) => request({ ...headers, ":scheme": "https" }, more);
  return session;
};

const { initializeApp } = require("firebase-admin/app");
const { getMessaging } = require("firebase-admin/messaging");
const { drive } = require("./drive.cjs");

const credential = { getAccessToken: async () => ({ access_token: "none", expires_in: 3600 }) };
const messaging = getMessaging(initializeApp({ credential, projectId: "bench" }));
const { aps, ...custom } = JSON.parse(job.payload);
const data = Object.fromEntries(Object.entries(custom).map(([key, value]) => [key, JSON.stringify(value)]));

// The most that it takes in one call.
drive(job, 500, async (tokens) => {
  const { responses } = await messaging.sendEach(tokens.map((token) => ({ token, notification: aps.alert, data })));
  return responses
    .filter(({ success }) => !success)
    .map(({ error }) => ({ refused: error.code === "messaging/registration-token-not-registered", why: error.message }));
});
