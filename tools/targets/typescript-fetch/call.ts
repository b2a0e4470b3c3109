// Calls the service through the client that openapi-generator's typescript-fetch wrote; prints what came back.
import { createHash } from "node:crypto";
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

async function get(sessionImageId: string, signIn: ConfigurationParameters) {
  const face = new LivenessSessionOperationsApi(new Configuration({ basePath: `${endpoint}/face/v1.2`, ...signIn }));
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

console.log(`key=${sha256((await get(env.FACE_IMAGE_ID!, { apiKey: key })).image)}`);
console.log(`bearer=${sha256((await get(env.FACE_IMAGE_ID!, { accessToken: `Bearer ${token}` })).image)}`);
const unknown = await get(env.FACE_UNKNOWN_ID!, { apiKey: key });
console.log(`error=${unknown.code}`);
console.log(`header=${unknown.header}`);
console.log(`token without Bearer=${(await get(env.FACE_IMAGE_ID!, { accessToken: token })).code}`);
