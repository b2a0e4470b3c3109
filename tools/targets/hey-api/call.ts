// Calls the service through the client that @hey-api/openapi-ts wrote; prints what came back.
import { createHash } from "node:crypto";
import { env } from "node:process";

import { createClient, type Auth } from "./client/client/index.js";
import { getSessionImage } from "./client/index.js";

const endpoint = env.FACE_ENDPOINT!;
const key = env.FACE_KEY!;
const token = env.FACE_TOKEN!;

async function get(sessionImageId: string, auth: (scheme: Auth) => string | undefined) {
  const client = createClient({ baseUrl: `${endpoint}/face/v1.2`, auth, redirect: "error" });
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

console.log(`key=${sha256((await get(env.FACE_IMAGE_ID!, signInWithKey)).image)}`);
console.log(`bearer=${sha256((await get(env.FACE_IMAGE_ID!, signInWithToken)).image)}`);
const unknown = await get(env.FACE_UNKNOWN_ID!, signInWithKey);
console.log(`error=${unknown.code}`);
console.log(`header=${unknown.header}`);
