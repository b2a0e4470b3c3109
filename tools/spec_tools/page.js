// Adapts the document to Swagger UI, teaches Swagger UI what it lacks, and plays the device.
(() => {
  // Swagger UI would call an enum that is open to other strings "(string | string)".
  const withOpenEnum = (_key, value) => {
    const [known, other] = value?.anyOf ?? [];
    if (!known?.$ref || other?.type !== "string") return value;
    return { ...known, description: `${value.description} The service may add values.` };
  };
  const api = JSON.parse(document.getElementById("document").textContent, withOpenEnum);
  // The emulator serves this page at its root. Elsewhere, as in the documentation site, the page is to be read.
  const served = location.protocol.startsWith("http") && location.pathname === "/";
  const find = (pointer, root) => pointer.split("/").slice(1).reduce((part, key) => part?.[key], root);
  const resolve = (part) => (part.$ref ? find(part.$ref, api) : part);

  const places = {}; // by operationId
  for (const [path, { parameters = [], ...operations }] of Object.entries(api.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      places[operation.operationId] = { path, method, operation };
      // Swagger UI does not resolve references among the parameters of a path (swagger-api/swagger-ui#5249).
      operation.parameters = [...parameters, ...(operation.parameters ?? [])].map(resolve);
      // It ignores the example of a form, and makes up a value for each property that has none of its own.
      const form = operation.requestBody?.content["multipart/form-data"];
      if (form) {
        const schema = resolve(form.schema);
        const withExample = ([name, property]) => [name, { ...property, example: form.example?.[name] ?? "" }];
        form.schema = { ...schema, properties: Object.fromEntries(Object.entries(schema.properties).map(withExample)) };
      }
    }
    api.paths[path] = operations;
  }

  // What Swagger UI shows of the servers is two lists of one choice each.
  const [{ url, variables }] = api.servers;
  const base = url.replace(/\{(\w+)\}$/, (_, name) => variables[name].default);
  api.info.description += `\n\nThe paths are below \`${base}\`.`;

  // The document's endpoint is a placeholder. What serves this page also answers the operations, and the page's policy
  // lets it ask nobody else: so a key that is typed here goes back to where the page came from, and nowhere else.
  for (const server of served ? api.servers : []) {
    const endpoint = server.variables[/^\{(\w+)\}/.exec(server.url)?.[1]];
    if (endpoint) Object.assign(endpoint, { default: location.origin, enum: [location.origin] });
  }
  document.getElementById(served ? "served" : "read").hidden = false;
  const KEY = "The key of face-emulator is `emulator-key`, unless it was started with another one.";
  for (const scheme of Object.values(api.components.securitySchemes)) {
    if (served && scheme.type === "apiKey") scheme.description += ` ${KEY}`;
  }

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

  // Its field for the key is one for text.
  const hideKey = (Original, { React }) =>
    function Input(props) {
      const hidden = props.id === "api_key_value" ? { type: "password", autoComplete: "off" } : {};
      return React.createElement(Original, { ...props, ...hidden });
    };

  const explain401 = (Original, { React }) =>
    function LiveResponse(props) {
      const original = React.createElement(Original, props);
      if (props.response.get("status") !== 401) return original;
      const hint = `The key is missing or wrong. Press “Authorize” at the top, and enter it. ${KEY.replaceAll("`", "")}`;
      return React.createElement("div", null, React.createElement("p", { className: "hint" }, hint), original);
    };

  // Also the box "Send empty value", which is ticked at first, while no property of a form may be empty.
  const hide = () => () => null;

  const tellLink = (_Original, { React }) =>
    function OperationLink({ link }) {
      const names = link.get("parameters").keySeq().join(", ");
      const { summary } = places[link.get("operationId")].operation;
      return React.createElement("p", { className: "link" }, `Fills in ${names} of ${summary}.`);
    };

  // Fills in the parameters of the operations that a response links to, and the session of the device.
  const device = document.getElementById("device");
  const followLinks = (setResponse, { specActions, specSelectors }) => (path, method, response) => {
    const { links = {} } = api.paths[path][method].responses[response.status] ?? {};
    for (const { operationId, parameters } of Object.values(links)) {
      const place = [places[operationId].path, places[operationId].method];
      for (const [name, expression] of Object.entries(parameters)) {
        const value = find(expression.replace("$response.body#", ""), response.obj);
        if (value === undefined) continue;
        // Swagger UI keeps a value by the name of its parameter, and once the operation is open by the whole parameter.
        specActions.changeParam(place, name, "path", value);
        const open = specSelectors.specResolvedSubtree(["paths", ...place, "parameters"]);
        const parameter = open?.find((each) => each.get("name") === name);
        if (parameter) specActions.changeParamByIdentity(place, parameter, value);
        if (name === "sessionId") device.elements.session.value = value;
      }
    }
    return setResponse(path, method, response);
  };

  const play = async (session, outcome) => {
    const response = await fetch(`/_emulator/sessions/${encodeURIComponent(session)}/attempts`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ outcome }),
    });
    if (response.ok) return "Played. Now get the result of the session.";
    const { error } = await response.json().catch(() => ({}));
    if (error) return `${response.status} ${error.code}: ${error.message}`;
    return "Not played: only face-emulator can play a device, and it does not serve this page.";
  };
  device.hidden = !served;
  device.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { session, outcome, told } = device.elements;
    told.textContent = "";
    told.textContent = await play(session.value.trim(), outcome.value).catch(() => "Not played: no answer.");
  });

  SwaggerUIBundle({
    dom_id: "#page",
    spec: api,
    plugins: [
      {
        wrapComponents: {
          responseBody: showImage,
          liveResponse: explain401,
          oauth2: tellOnly,
          operationLink: tellLink,
          ParameterIncludeEmpty: hide,
          ServersContainer: hide,
          Input: hideKey,
        },
        statePlugins: { spec: { wrapActions: { setResponse: followLinks } } },
      },
    ],
    responseInterceptor: withKind,
    supportedSubmitMethods: served ? undefined : [],
    docExpansion: "list",
    defaultModelsExpandDepth: 1,
    validatorUrl: null,
  });
})();
