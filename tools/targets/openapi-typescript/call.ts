// Calls the service through openapi-fetch, with the types that openapi-typescript wrote; prints what came back.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { env } from "node:process";

import createClient from "openapi-fetch";

import type { paths } from "./schema.js";

const endpoint = env.FACE_ENDPOINT!;
const key = env.FACE_KEY!;
const token = env.FACE_TOKEN!;

const connect = (headers: Record<string, string>) =>
  createClient<paths>({ baseUrl: `${endpoint}/face/v1.2`, headers, redirect: "error" });

async function get(sessionImageId: string, headers: Record<string, string>) {
  const { data, error, response } = await connect(headers).GET("/sessionImages/{sessionImageId}", {
    params: { path: { sessionImageId } },
    parseAs: "arrayBuffer",
  });
  if (error) {
    return { code: error.error.code, header: response.headers.get("x-ms-error-code") };
  }
  return { image: new Uint8Array(data) };
}

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Refusal = Extract<Awaited<ReturnType<typeof get>>, { code: unknown }>;
true satisfies Same<Refusal["code"], string>; // any would pass for a string everywhere else

const sha256 = (image?: Uint8Array) => image && createHash("sha256").update(image).digest("hex");

const signInWithKey = { "Ocp-Apim-Subscription-Key": key };
const withKey = await get(env.FACE_IMAGE_ID!, signInWithKey);
console.log(`key=${sha256(withKey.image)}`);
const withToken = await get(env.FACE_IMAGE_ID!, { Authorization: `Bearer ${token}` });
console.log(`bearer=${sha256(withToken.image)}`);
const unknown = await get(env.FACE_UNKNOWN_ID!, signInWithKey);
console.log(`error=${unknown.code}`);
console.log(`header=${unknown.header}`);

const face = connect(signInWithKey);
const created = await face.POST("/detectLiveness-sessions", {
  body: {
    livenessOperationMode: "Passive",
    enableSessionImage: true,
    livenessModelVersion: "2025-05-20",
    deviceCorrelationId: "device",
  },
});
const params = { path: { sessionId: created.data!.sessionId } };
const { data: session } = await face.GET("/detectLiveness-sessions/{sessionId}", { params });
const { result } = session!.results.attempts.reduce((one, other) => (one.attemptId > other.attemptId ? one : other));
const { image } = await get(result!.sessionImageId!, signInWithKey);
await face.DELETE("/detectLiveness-sessions/{sessionId}", { params });
console.log(`status=${session!.status}`);
console.log(`model=${session!.modelVersion}`);
console.log(`decision=${result!.livenessDecision}`);
console.log(`image=${sha256(image)}`);

const form = new FormData();
form.set("livenessOperationMode", "Passive");
form.set("deviceCorrelationIdSetInClient", "true");
form.set("enableSessionImage", "true");
form.set("verifyConfidenceThreshold", "0.75");
form.set("verifyImage", new File([readFileSync(env.FACE_REFERENCE!)], "face.jpg"));
const body = { livenessOperationMode: "Passive", verifyImage: "" }; // for the type only
const verified = await face.POST("/detectLivenessWithVerify-sessions", { body, bodySerializer: () => form });
const { sessionId, results } = verified.data!;
await face.DELETE("/detectLivenessWithVerify-sessions/{sessionId}", { params: { path: { sessionId } } });
console.log(`reference=${results.verifyReferences[0]!.referenceType}`);
const asGenerated = await face.POST("/detectLivenessWithVerify-sessions", { body });
console.log(`form as generated=${asGenerated.response.status}`);
