// A form for the questions of a ruleset, made from its schema alone: put it into a page and call
//
//   const form = await questionForm(document.querySelector("#form"), {
//     url: "https://rules.example", ruleset: "pico-laser", language: "es", token: "picoplan_..."});
//   form.addEventListener("answered", event => console.log(event.detail.verdict_text));
//
// Questions come and go as answers decide. Mistakes that the service tells are shown at their questions.

export async function questionForm(place, {url, ruleset, language, token, send = "/v1/evaluate"}) {
  const headers = {"Content-Type": "application/json", ...(token ? {Authorization: `Bearer ${token}`} : {})};
  const asked = language ? `?language=${encodeURIComponent(language)}` : "";
  const told = await fetch(`${url}/v1/rulesets/${ruleset}/assessment-schema${asked}`, {headers});
  if (!told.ok) throw new Error((await told.json()).detail);
  const schema = await told.json();
  const questions = Object.entries(schema.properties).map(([id, one]) => question(id, one));
  const form = document.createElement("form");
  form.noValidate = true;
  if (language) form.lang = language;
  const general = element("p", {className: "mistake", role: "alert"});
  form.append(...questions.map(one => one.field), general, element("button", {textContent: "➜"}));
  form.addEventListener("input", () => show(questions));
  form.addEventListener("submit", async event => {
    event.preventDefault();
    for (const one of questions) one.mistake.textContent = "";
    general.textContent = "";
    const body = {ruleset, assessment: answersOf(questions), ...(language ? {language} : {})};
    const answer = await fetch(url + send, {method: "POST", headers, body: JSON.stringify(body)});
    const said = await answer.json();
    if (answer.ok) form.dispatchEvent(new CustomEvent("answered", {detail: said}));
    else tell(said, questions, general);
  });
  place.replaceChildren(form);
  show(questions);
  return form;
}

function tell(problem, questions, general) {
  if (!problem.errors.length) general.textContent = problem.detail;
  for (const error of problem.errors) {
    for (const pointer of error.pointers ?? [error.pointer]) {
      const one = questions.find(each => pointer === `/assessment/${each.id}`);
      (one ? one.mistake : general).textContent += `${error.message} ${error.hint} `;
    }
  }
}

// -- one question ---------------------------------------------------------------------------------------

function question(id, schema) {
  const more = schema["x-picoplan"];
  const types = [schema.type].flat();
  const mistake = element("span", {className: "mistake", role: "alert"});
  const made = types.includes("array") ? several(id, schema)
    : types.includes("boolean") ? single(id, [{value: true, label: "✓"}, {value: false, label: "✗"}])
    : types.includes("string") ? single(id, optionsOf(schema))
    : number(id, schema, types);
  const help = element("small", {textContent: [schema.description, more.unit].filter(Boolean).join(" · ")});
  const field = element("fieldset", {name: id});
  const needed = more.required || more.must_ask ? " *" : "";
  field.append(element("legend", {textContent: schema.title + needed, dir: "auto"}), help, ...made.nodes, mistake);
  return {id, field, mistake, answer: made.answer, onlyIf: more.only_if, byDefault: schema.default};
}

function optionsOf(schema) {
  const options = schema.oneOf ?? schema.enum.map(value => ({const: value, title: value}));
  return options.filter(one => one.const !== undefined && one.const !== null)
    .map(one => ({value: one.const, label: one.title}));
}

function single(id, options) {
  const inputs = options.map(() => element("input", {type: "radio", name: id}));
  const nodes = options.map((one, at) => labelled(inputs[at], one.label, one.value));
  const answer = () => {
    const at = inputs.findIndex(one => one.checked);
    return at < 0 ? undefined : options[at].value;
  };
  return {nodes, answer};
}

function several(id, schema) {
  // None of them is an answer, too, and not the same as no answer.
  const options = [...optionsOf(schema.items), {value: null, label: "∅"}];
  const inputs = options.map(() => element("input", {type: "checkbox", name: id}));
  const nodes = options.map((one, at) => labelled(inputs[at], one.label, one.value ?? ""));
  const answer = () => {
    const chosen = options.filter((_, at) => inputs[at].checked);
    return chosen.length ? chosen.map(one => one.value).filter(one => one !== null) : undefined;
  };
  return {nodes, answer};
}

function number(id, schema, types) {
  const step = types.includes("integer") ? 1 : "any";
  const input = element("input", {type: "number", name: id, min: schema.minimum, max: schema.maximum, step});
  return {nodes: [input], answer: () => (input.value === "" ? undefined : Number(input.value))};
}

function labelled(input, text, value) {
  const label = element("label");
  input.value = value;
  label.append(input, element("span", {textContent: text, dir: "auto"}));
  return label;
}

function element(name, properties = {}) {
  return Object.assign(document.createElement(name), properties);
}

// -- which are asked ------------------------------------------------------------------------------------

// Questions stand in the order to ask them: one is shown where its condition is true of those before it.
function show(questions) {
  const known = new Map();
  for (const one of questions) {
    const applies = one.onlyIf === null ? true : holds(one.onlyIf, known);
    one.field.hidden = applies !== true;
    const answer = applies === true ? one.answer() : undefined;
    known.set(one.id, answer === undefined && applies === true ? one.byDefault : answer);
  }
}

function answersOf(questions) {
  const shown = questions.filter(one => !one.field.hidden && one.answer() !== undefined);
  return Object.fromEntries(shown.map(one => [one.id, one.answer()]));
}

// True, false, or undefined: it depends on what was not answered.
export function holds(condition, known) {
  if (condition.not) {
    const part = holds(condition.not, known);
    return part === undefined ? undefined : !part;
  }
  if (condition.all) return together(condition.all, known, false);
  if (condition.any) return together(condition.any, known, true);
  const value = known.get(condition.input);
  if (condition.given) return value !== undefined;
  if (value === undefined || condition.unclear?.includes(value)) return undefined;
  if (condition.in) return condition.in.includes(value);
  if (condition.includes) return condition.includes.some(one => value.includes(one));
  return !(value < condition["at least"] || value <= condition.above
    || value > condition["at most"] || value >= condition.below);
}

function together(parts, known, decisive) {
  const found = parts.map(part => holds(part, known));
  return found.includes(decisive) ? decisive : found.includes(undefined) ? undefined : !decisive;
}
