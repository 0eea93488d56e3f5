import { generateKeyPairSync } from "node:crypto";
import { writeFile } from "node:fs/promises";
import http2 from "node:http2";
import { Agent } from "node:https";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";

/** Where the simulator plays Google, and the authority to trust there. */
export interface Place {
  port: number;
  ca: string;
}

/** Has Google's hosts lead to the simulator; the certificate is checked as ever, against the name that it has. */
const leading = ({ port, ca }: Place) => ({ host: "127.0.0.1", port, servername: "localhost", ca });

/** What firebase-admin takes to sign in and to send by HTTP/1.1, so that nothing of the client has to change. */
export const agentTo = (place: Place): Agent => new Agent(leading(place));

/**
 * Leads the connections of `sendEach` to the simulator; gives what takes that back.
 *
 * For HTTP/2 firebase-admin 13 knows no other host than Google's and takes no agent, so `connect` itself has to be changed.
 * It also asks for the scheme `https:`, with a colon that RFC 3986 (section 3.1) does not allow. Google overlooks it; the
 * simulator's HTTP/2 does not, so it is put right here. Nothing else of what is sent is touched.
 */
export function leadHttp2(place: Place): () => void {
  const { connect } = http2;
  const led = (authority: string | URL, options: http2.SecureClientSessionOptions = {}) => {
    if (new URL(authority).host !== "fcm.googleapis.com") return connect(authority, options);
    const createConnection = () => connectTls({ ...leading(place), ALPNProtocols: ["h2"] });
    const session = connect(authority, { ...options, createConnection });
    const request = session.request.bind(session);
    session.request = (headers, more) => request({ ...headers, ":scheme": "https" }, more);
    return session;
  };
  Object.assign(http2, { connect: led });
  return () => void Object.assign(http2, { connect });
}

/** Writes the file that Google's console hands out for a service account, with a key of its own; gives its path. */
export async function serviceAccount(folder: string, project: string): Promise<string> {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const path = join(folder, `${project}.json`);
  const account = {
    type: "service_account",
    project_id: project,
    private_key_id: "0123456789abcdef0123456789abcdef01234567",
    private_key: privateKey.export({ type: "pkcs8", format: "pem" }),
    client_email: `push@${project}.iam.gserviceaccount.com`,
    client_id: "100000000000000000001",
    auth_uri: "https://accounts.google.com/o/oauth2/auth",
    token_uri: "https://oauth2.googleapis.com/token",
  };
  await writeFile(path, JSON.stringify(account, null, 2), { mode: 0o600 });
  return path;
}
