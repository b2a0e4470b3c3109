// Calls the service through openapi-fetch, with the types that openapi-typescript wrote; prints what came back.
import { createHash } from "node:crypto";
import { env } from "node:process";

import createClient from "openapi-fetch";

import type { paths } from "./schema.js";

const endpoint = env.FACE_ENDPOINT!;
const key = env.FACE_KEY!;
const token = env.FACE_TOKEN!;

async function get(sessionImageId: string, headers: Record<string, string>) {
  const face = createClient<paths>({ baseUrl: `${endpoint}/face/v1.2`, headers, redirect: "error" });
  const { data, error, response } = await face.GET("/sessionImages/{sessionImageId}", {
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

const withKey = await get(env.FACE_IMAGE_ID!, { "Ocp-Apim-Subscription-Key": key });
console.log(`key=${sha256(withKey.image)}`);
const withToken = await get(env.FACE_IMAGE_ID!, { Authorization: `Bearer ${token}` });
console.log(`bearer=${sha256(withToken.image)}`);
const unknown = await get(env.FACE_UNKNOWN_ID!, { "Ocp-Apim-Subscription-Key": key });
console.log(`error=${unknown.code}`);
console.log(`header=${unknown.header}`);
