// What Swagger UI is told, and the two things that it has to be taught.
(() => {
  const api = JSON.parse(document.getElementById("document").textContent);
  const served = location.protocol.startsWith("http");

  // The document's endpoint is a placeholder. What serves this page also answers the operation, and the page's policy
  // lets it ask nobody else: so a key that is typed here goes back to where the page came from, and nowhere else.
  for (const server of served ? api.servers : []) {
    const endpoint = server.variables[/^\{(\w+)\}/.exec(server.url)?.[1]];
    if (endpoint) Object.assign(endpoint, { default: location.origin, enum: [location.origin] });
  }
  document.getElementById("where").textContent = served
    ? `“Try it out” asks ${location.origin}, where this page came from.`
    : "To try the operation, open this page where face-emulator serves it.";

  // An image comes as application/octet-stream, which Swagger UI offers as a file. The first bytes say what it is; the
  // Blob's type then carries that to the component below, while the headers on show stay those of the answer.
  const KINDS = {
    "image/jpeg": /^\xff\xd8\xff/,
    "image/png": /^\x89PNG\r\n\x1a\n/,
    "image/gif": /^GIF8[79]a/,
    "image/bmp": /^BM/,
    "image/webp": /^RIFF[^]{4}WEBP/,
  };
  const withKind = async (response) => {
    if (response.data instanceof Blob) {
      const start = String.fromCharCode(...new Uint8Array(await response.data.slice(0, 12).arrayBuffer()));
      const kind = Object.keys(KINDS).find((type) => KINDS[type].test(start));
      if (kind) response.data = response.text = new Blob([response.data], { type: kind });
    }
    return response;
  };
  const showImage = (Original, { React }) =>
    function ResponseBody(props) {
      const image = props.content instanceof Blob && props.content.type.startsWith("image/") ? props.content : null;
      const url = React.useMemo(() => image && URL.createObjectURL(image), [image]);
      React.useEffect(() => () => url && URL.revokeObjectURL(url), [url]);
      if (!image) return React.createElement(Original, props);
      // Its link takes the name of the file from here, and would make one up of the blob's address.
      const disposition = `attachment; filename="session-image.${image.type.slice("image/".length)}"`;
      const headers = { ...props.headers, "content-disposition": disposition };
      const original = React.createElement(Original, { ...props, headers });
      const picture = React.createElement("img", { className: "session-image", src: url, alt: "The session image" });
      return React.createElement("div", null, original, picture);
    };

  // Its form for OAuth 2 would open the authorization URL, and those in the document are placeholders.
  const tellOnly = (Original, { React }) =>
    function OAuth2({ name, schema }) {
      return React.createElement(
        "div",
        null,
        React.createElement("h4", null, React.createElement("code", null, name), " (oauth2)"),
        React.createElement("p", null, schema.get("description")),
        React.createElement("p", null, "Cannot be tried here: its URLs are placeholders."),
      );
    };

  SwaggerUIBundle({
    dom_id: "#page",
    spec: api,
    plugins: [{ wrapComponents: { responseBody: showImage, oauth2: tellOnly } }],
    responseInterceptor: withKind,
    supportedSubmitMethods: served ? undefined : [],
    docExpansion: "full",
    defaultModelsExpandDepth: 2,
    validatorUrl: null,
  });
})();
