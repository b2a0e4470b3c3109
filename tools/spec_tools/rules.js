// The rules that Redocly does not have, or has for some places only.

const described = () => {
  const check = {
    enter(node, { report, location }) {
      if (!node.description?.trim()) report({ message: "A description is missing.", location: location.key() });
    },
  };
  return {
    Info: check,
    ServerVariable: check,
    Tag: check,
    Operation: check,
    Parameter: check,
    Response: check,
    Header: check,
    SecurityScheme: check,
    NamedSchemas: { Schema: check },
    SchemaProperties: { Schema: check },
  };
};

const exampled = () => {
  const check = {
    enter(node, { report, location }) {
      const given = node.example !== undefined || Object.keys(node.examples ?? {}).length > 0;
      if (!given) report({ message: "An example is missing.", location: location.key() });
    },
  };
  return { Parameter: check, Header: check, MediaType: check };
};

const versionGivenOnce = () => ({
  Root: {
    enter(root, { report, location }) {
      const written = location.source.body.match(/\bv\d+(\.\d+)+(-[\w.]+)?\b/g) ?? [];
      if (written.length === 1 && written[0] === root.info?.version) return;
      report({
        message: `Versions are written as ${written.join(", ")}: write it once, and refer to it with a YAML alias.`,
        location: location.child(["info", "version"]),
      });
    },
  },
});

export default () => ({
  id: "face",
  rules: { oas3: { described, exampled, "version-given-once": versionGivenOnce } },
});
