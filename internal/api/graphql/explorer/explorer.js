"use strict";

const find = (id) => document.getElementById(id);

// ask sends one operation to this page's own address, as the person who is signed in here.
async function ask(query, variables, dry) {
  const headers = { "Content-Type": "application/json" };
  if (dry) headers["Bailiwick-Dry-Run"] = "true";
  const answer = await fetch(location.pathname, {
    method: "POST", credentials: "same-origin", redirect: "error", headers,
    body: JSON.stringify({ query, variables }),
  });
  return { status: answer.status, body: await answer.json() };
}

async function run() {
  const status = find("status");
  let variables;
  try {
    variables = JSON.parse(find("variables").value.trim() || "{}");
  } catch (wrong) {
    status.textContent = "The variables are not JSON: " + wrong.message;
    return;
  }
  status.textContent = "…";
  try {
    const { status: code, body } = await ask(find("query").value, variables, find("dry").checked);
    status.textContent = "Answer · " + code;
    find("answer").textContent = JSON.stringify(body, null, 2);
  } catch (wrong) {
    status.textContent = "There was no answer: " + wrong.message;
  }
}

// nameOf writes a type as the schema does.
function nameOf(type) {
  if (type.kind === "NON_NULL") return nameOf(type.ofType) + "!";
  if (type.kind === "LIST") return "[" + nameOf(type.ofType) + "]";
  return type.name;
}

const typeRef = "kind name ofType { kind name ofType { kind name ofType { kind name } } }";
const introspection = `{ __schema { types { kind name description
  fields { name description args { name type { ${typeRef} } } type { ${typeRef} } }
  inputFields { name type { ${typeRef} } } enumValues { name } possibleTypes { name } } } }`;

function lineOf(field) {
  const args = (field.args || []).map((a) => a.name + ": " + nameOf(a.type)).join(", ");
  return field.name + (args ? "(" + args + ")" : "") + ": " + nameOf(field.type);
}

function entry(type) {
  const box = document.createElement("details");
  const head = document.createElement("summary");
  head.textContent = type.name;
  box.append(head);
  if (type.description) {
    const said = document.createElement("p");
    said.textContent = type.description;
    box.append(said);
  }
  const lines = [...(type.fields || []), ...(type.inputFields || [])].map(lineOf)
    .concat((type.enumValues || []).map((v) => v.name), type.kind === "UNION" ? type.possibleTypes.map((p) => p.name) : []);
  const list = document.createElement("ul");
  for (const line of lines) {
    const item = document.createElement("li");
    item.textContent = line;
    list.append(item);
  }
  box.append(list);
  box.dataset.text = (type.name + " " + lines.join(" ")).toLowerCase();
  return box;
}

async function showSchema() {
  const { body } = await ask(introspection, {}, false);
  if (!body.data) return;
  const first = ["CloudQuery", "CloudMutation", "Bailiwick"];
  const order = (name) => (first.includes(name) ? first.indexOf(name) : first.length);
  const types = body.data.__schema.types.filter((t) => !t.name.startsWith("__"))
    .sort((a, b) => order(a.name) - order(b.name) || a.name.localeCompare(b.name));
  find("schema").append(...types.map(entry));
}

find("address").textContent = location.pathname;
find("run").addEventListener("click", run);
find("query").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run();
});
find("find").addEventListener("input", (event) => {
  const text = event.target.value.trim().toLowerCase();
  for (const box of find("schema").children) box.hidden = !box.dataset.text.includes(text);
});
showSchema();
