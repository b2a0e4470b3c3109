// Calls the service through the client that openapi-generator's java, library native, wrote; prints what came back.
import java.nio.file.Files;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.JSON;
import org.openapitools.client.api.LivenessSessionOperationsApi;
import org.openapitools.client.model.FaceErrorResponse;

public class Call {
  static byte[] get(String sessionImageId, String header, String value) throws Exception {
    var client = new ApiClient();
    client.updateBaseUri(System.getenv("FACE_ENDPOINT") + "/face/v1.2");
    client.setRequestInterceptor(request -> request.header(header, value));
    var file = new LivenessSessionOperationsApi(client).getSessionImage(sessionImageId);
    try {
      return Files.readAllBytes(file.toPath());
    } finally {
      file.delete(); // else the picture stays in the folder for temporary files until the program ends
    }
  }

  static String sha256(byte[] image) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(image));
  }

  public static void main(String[] arguments) throws Exception {
    Map<String, String> env = System.getenv();
    String key = env.get("FACE_KEY");
    System.out.println("key=" + sha256(get(env.get("FACE_IMAGE_ID"), "Ocp-Apim-Subscription-Key", key)));
    System.out.println(
        "bearer=" + sha256(get(env.get("FACE_IMAGE_ID"), "Authorization", "Bearer " + env.get("FACE_TOKEN"))));
    try {
      get(env.get("FACE_UNKNOWN_ID"), "Ocp-Apim-Subscription-Key", key);
    } catch (ApiException refused) {
      var answer = JSON.getDefault().getMapper().readValue(refused.getResponseBody(), FaceErrorResponse.class);
      System.out.println("error=" + answer.getError().getCode());
      System.out.println("header=" + refused.getResponseHeaders().firstValue("x-ms-error-code").orElse(""));
    }
  }
}
