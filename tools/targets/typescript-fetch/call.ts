// Calls the service through the client that openapi-generator's typescript-fetch wrote; prints what came back.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { env } from "node:process";

import {
  Configuration,
  FaceErrorResponseFromJSON,
  LivenessSessionOperationsApi,
  ResponseError,
  type ConfigurationParameters,
} from "./client/index.js";

const endpoint = env.FACE_ENDPOINT!;
const key = env.FACE_KEY!;
const token = env.FACE_TOKEN!;

const connect = (signIn: ConfigurationParameters) =>
  new LivenessSessionOperationsApi(new Configuration({ basePath: `${endpoint}/face/v1.2`, ...signIn }));

async function get(sessionImageId: string, face: LivenessSessionOperationsApi) {
  try {
    const image = await face.getSessionImage({ sessionImageId }, { redirect: "error" });
    return { image: new Uint8Array(await image.arrayBuffer()) };
  } catch (refused) {
    if (!(refused instanceof ResponseError)) throw refused;
    const { error } = FaceErrorResponseFromJSON(await refused.response.json());
    return { code: error.code, header: refused.response.headers.get("x-ms-error-code") };
  }
}

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Refusal = Extract<Awaited<ReturnType<typeof get>>, { code: unknown }>;
true satisfies Same<Refusal["code"], string>; // any would pass for a string everywhere else

const sha256 = (image?: Uint8Array) => image && createHash("sha256").update(image).digest("hex");
const face = connect({ apiKey: key });

console.log(`key=${sha256((await get(env.FACE_IMAGE_ID!, face)).image)}`);
console.log(`bearer=${sha256((await get(env.FACE_IMAGE_ID!, connect({ accessToken: `Bearer ${token}` }))).image)}`);
const unknown = await get(env.FACE_UNKNOWN_ID!, face);
console.log(`error=${unknown.code}`);
console.log(`header=${unknown.header}`);

const created = await face.createLivenessSession({
  createLivenessSessionContent: {
    livenessOperationMode: "Passive",
    enableSessionImage: true,
    livenessModelVersion: "2025-05-20",
    deviceCorrelationId: "device",
  },
});
const session = await face.getLivenessSessionResult(created);
const { result } = session.results.attempts.reduce((one, other) => (one.attemptId > other.attemptId ? one : other));
const { image } = await get(result!.sessionImageId!, face);
await face.deleteLivenessSession(created);
console.log(`status=${session.status}`);
console.log(`model=${session.modelVersion}`);
console.log(`decision=${result!.livenessDecision}`);
console.log(`image=${sha256(image)}`);

const verified = await face.createLivenessWithVerifySession({
  livenessOperationMode: "Passive",
  deviceCorrelationIdSetInClient: true,
  enableSessionImage: true,
  verifyConfidenceThreshold: 0.75,
  verifyImage: new File([readFileSync(env.FACE_REFERENCE!)], "face.jpg"),
});
await face.deleteLivenessWithVerifySession(verified);
console.log(`reference=${verified.results.verifyReferences[0]!.referenceType}`);

console.log(`token without Bearer=${(await get(env.FACE_IMAGE_ID!, connect({ accessToken: token }))).code}`);
