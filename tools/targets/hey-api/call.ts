// Calls the service through the client that @hey-api/openapi-ts wrote; prints what came back.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { env } from "node:process";

import { createClient, type Auth } from "./client/client/index.js";
import {
  createLivenessSession,
  createLivenessWithVerifySession,
  deleteLivenessSession,
  deleteLivenessWithVerifySession,
  getLivenessSessionResult,
  getSessionImage,
} from "./client/index.js";

const endpoint = env.FACE_ENDPOINT!;
const key = env.FACE_KEY!;
const token = env.FACE_TOKEN!;

const connect = (auth: (scheme: Auth) => string | undefined) =>
  createClient({ baseUrl: `${endpoint}/face/v1.2`, auth, redirect: "error" });

async function get(sessionImageId: string, client: ReturnType<typeof connect>) {
  const { data, error, response } = await getSessionImage({ client, path: { sessionImageId }, parseAs: "blob" });
  if (error) {
    return { code: error.error.code, header: response.headers.get("x-ms-error-code") };
  }
  return { image: new Uint8Array(await data!.arrayBuffer()) };
}

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Refusal = Extract<Awaited<ReturnType<typeof get>>, { code: unknown }>;
true satisfies Same<Refusal["code"], string>; // any would pass for a string everywhere else

const sha256 = (image?: Uint8Array) => image && createHash("sha256").update(image).digest("hex");
const signInWithKey = (scheme: Auth) => (scheme.type === "apiKey" ? key : undefined);
const signInWithToken = (scheme: Auth) => (scheme.scheme === "bearer" ? token : undefined);
const client = connect(signInWithKey);

console.log(`key=${sha256((await get(env.FACE_IMAGE_ID!, client)).image)}`);
console.log(`bearer=${sha256((await get(env.FACE_IMAGE_ID!, connect(signInWithToken))).image)}`);
const unknown = await get(env.FACE_UNKNOWN_ID!, client);
console.log(`error=${unknown.code}`);
console.log(`header=${unknown.header}`);

const { data: created } = await createLivenessSession({
  client,
  body: {
    livenessOperationMode: "Passive",
    enableSessionImage: true,
    livenessModelVersion: "2025-05-20",
    deviceCorrelationId: "device",
  },
});
const path = { sessionId: created!.sessionId };
const { data: session } = await getLivenessSessionResult({ client, path });
const { result } = session!.results.attempts.reduce((one, other) => (one.attemptId > other.attemptId ? one : other));
const { image } = await get(result!.sessionImageId!, client);
await deleteLivenessSession({ client, path });
console.log(`status=${session!.status}`);
console.log(`model=${session!.modelVersion}`);
console.log(`decision=${result!.livenessDecision}`);
console.log(`image=${sha256(image)}`);

const { data: verified } = await createLivenessWithVerifySession({
  client,
  body: {
    livenessOperationMode: "Passive",
    deviceCorrelationIdSetInClient: true,
    enableSessionImage: true,
    verifyConfidenceThreshold: 0.75,
    verifyImage: new File([readFileSync(env.FACE_REFERENCE!)], "face.jpg"),
  },
});
await deleteLivenessWithVerifySession({ client, path: { sessionId: verified!.sessionId } });
console.log(`reference=${verified!.results.verifyReferences[0]!.referenceType}`);
