// The text of the page Edit as an editor: it saves by itself, asks the service what may stand where, and marks problems.

import { acceptCompletion, autocompletion, startCompletion } from "@codemirror/autocomplete";
import { indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, setDiagnostics } from "@codemirror/lint";
import { Annotation, Compartment, EditorState } from "@codemirror/state";
import { EditorView, hoverTooltip, keymap } from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";
import { basicSetup } from "codemirror";

const SAVE_AFTER_MS = 800, SAVE_AGAIN_AFTER_MS = 10_000;
const BUSY = [429, 502, 503, 504], UNSAVABLE = [403, 404, 413, 422];
const form = document.querySelector("#edit");
const { completes, file, nonce, readonly } = form.dataset;
const area = () => document.querySelector("#text"); // a mend puts another one in its place
const unsaved = document.querySelector("#unsaved");
const ofService = Annotation.define();

// -- saving ---------------------------------------------------------------------------------------------------

let waiting = 0, typed = 0, sent = 0, goOn = null;
let unanswered = []; // texts that may have been saved, though no answer said so
const isSaved = () => typed === sent && !waiting;

function tell() {
  unsaved.hidden = typed === sent;
  if (typed !== sent) keepFromMending(true); // what is said of an earlier text mends no later one
}
function save() {
  clearTimeout(waiting);
  waiting = 0;
  if (typed !== sent) form.requestSubmit();
}
form.addEventListener("htmx:configRequest", (event) => {
  clearTimeout(waiting);
  waiting = 0;
  area().value = view.state.doc.toString();
  event.detail.formData.set("text", area().value);
  form.dataset.sends = typed;
  unanswered.push(area().value);
});
form.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (!detail.successful) {
    if (UNSAVABLE.includes(detail.xhr.status)) leave();
    return;
  }
  sent = Number(form.dataset.sends);
  unanswered = [];
  document.querySelector("#answer").replaceChildren(); // what went wrong before does no more
  putTag(form.elements[".tag"].value);
  tell();
  if (isSaved()) goOn?.();
});
// Where the service can't be had it is tried again, for as long as it takes.
function saveLater() {
  clearTimeout(waiting);
  waiting = setTimeout(save, SAVE_AGAIN_AFTER_MS);
}
form.addEventListener("htmx:sendError", saveLater);
document.addEventListener("htmx:beforeSwap", async (event) => {
  const { status } = event.detail.xhr;
  if (event.detail.requestConfig.elt !== form) return;
  if (BUSY.includes(status)) saveLater();
  if (status !== 409) return;
  if (unanswered.length < 2) {
    unanswered = [];
    return;
  }
  // Two have changed the file. Perhaps both are we: an earlier text was saved, and its answer got lost.
  event.detail.shouldSwap = false;
  const earlier = unanswered;
  unanswered = [];
  const saved = await savedNow();
  if (saved && earlier.includes(saved.text)) putTag(saved.tag);
  form.requestSubmit();
});
async function savedNow() {
  try {
    const answer = await fetch(form.action);
    if (!answer.ok) return null;
    const { elements } = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("#edit");
    return { text: elements.text.value, tag: elements[".tag"].value };
  } catch {
    return null;
  }
}
function putTag(tag) {
  document.querySelectorAll("input[name='.tag']").forEach((one) => { one.value = tag; });
}
// The browser asks whether he leaves who can't save.
function leave() {
  const last = goOn;
  goOn = null;
  if (last?.isLink && form.dataset.sends === String(typed)) last();
}
// What stands below because it could not be saved is what counts from then on.
function giveUp() {
  clearTimeout(waiting);
  waiting = 0;
  sent = typed;
}
addEventListener("beforeunload", (event) => { if (!isSaved()) event.preventDefault(); });
document.addEventListener("visibilitychange", () => { if (document.hidden) save(); });
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (link.matches("#answer form.three-sides a")) giveUp();
  if (link.closest("#answer") || link.getAttribute("href").startsWith("#")) return; // the browser asks who leaves
  const at = link.dataset.line && link.dataset.file === file;
  if (at) {
    event.preventDefault();
    goTo(Number(link.dataset.line), Number(link.dataset.column));
  } else if (!isSaved() && link.origin === location.origin) {
    event.preventDefault();
    goOn = () => { goOn = null; location.href = link.href; };
    goOn.isLink = true;
    save();
  }
});

// Whoever adds or renames a file, or goes back, has what he typed saved first.
document.addEventListener("submit", (event) => {
  const { target, submitter } = event;
  if (target.matches("#answer form.three-sides")) giveUp();
  if (isSaved() || target.hasAttribute("hx-post")) return;
  event.preventDefault();
  goOn = () => { goOn = null; target.requestSubmit(submitter); };
  save();
});

// -- places ---------------------------------------------------------------------------------------------------

// The service counts characters, and the editor what JavaScript counts.
function offsetOf(line, column) {
  const at = view.state.doc.line(Math.min(Math.max(line, 1), view.state.doc.lines));
  return Math.min(at.from + [...at.text].slice(0, column - 1).join("").length, at.to);
}
function placeOf(offset) {
  const at = view.state.doc.lineAt(offset);
  return { line: at.number, column: [...at.text.slice(0, offset - at.from)].length + 1 };
}
function goTo(line, column) {
  const anchor = offsetOf(line, column);
  view.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: "center" }) });
  view.focus();
}

// -- what may stand there -------------------------------------------------------------------------------------

async function ask(about, offset, state) {
  const token = form.elements[".token"].value;
  const body = new URLSearchParams({ ".token": token, about, file, text: state.doc.toString(), ...placeOf(offset) });
  try {
    const answer = await fetch(completes, { method: "POST", body });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null; // one types on without it
  }
}
async function complete(context) {
  if (!context.explicit && !context.matchBefore(/[\w.-]+|: /)) return null;
  const said = await ask("completion", context.pos, context.state);
  if (!said?.offers.length || context.aborted) return null;
  const line = context.state.doc.lineAt(context.pos);
  const [from, to] = [said.start, said.end].map((column) => line.from + [...line.text].slice(0, column - 1).join("").length);
  const options = said.offers.map(({ label, insert, detail, kind }, number) => ({
    label,
    sortText: String(number).padStart(4, "0"),
    info: detail ? () => paragraphs(detail) : undefined,
    type: kind === "key" ? "property" : "enum",
    apply(editor, _chosen, start, end) {
      editor.dispatch({ changes: { from: start, to: end, insert }, selection: { anchor: start + insert.length }, userEvent: "input.complete" });
      if (insert.endsWith(": ")) startCompletion(editor);
    },
  }));
  return { from, to, options, validFor: /^[\w. -]*$/ };
}
function paragraphs(text) {
  const told = document.createElement("div");
  told.className = "told";
  told.append(...text.split("\n\n").map((one) => Object.assign(document.createElement("p"), { textContent: one, dir: "auto" })));
  return told;
}
const hovering = hoverTooltip(async (editor, offset) => {
  const said = await ask("hover", offset, editor.state);
  return said?.says ? { pos: offset, create: () => ({ dom: paragraphs(said.says) }) } : null;
});

// -- problems -------------------------------------------------------------------------------------------------

function mark() {
  const told = [...document.querySelectorAll(`#problems [data-line][data-file="${CSS.escape(file)}"]`)];
  const diagnostics = told.map(({ dataset, textContent }) => {
    const from = offsetOf(Number(dataset.line), Number(dataset.column));
    const rest = view.state.doc.lineAt(from).text.slice(from - view.state.doc.lineAt(from).from);
    const length = /^(?:"[^"]*"?|'[^']*'?|[^\s,[\]{}:]+)/.exec(rest)?.[0].length ?? 0;
    return { from, to: from + length, severity: dataset.severity, message: textContent.trim() };
  });
  view.dispatch(setDiagnostics(view.state, diagnostics));
}
const mends = () => [...document.querySelectorAll("#problems [data-mends] > button")];
function keepFromMending(isKept) {
  mends().forEach((one) => { one.disabled = isKept; });
}
document.addEventListener("htmx:beforeSend", ({ target }) => { if (target.matches("[data-mends]")) keepFromMending(true); });
document.addEventListener("htmx:afterRequest", ({ target, detail }) => {
  if (!detail.successful && target.matches("[data-mends]")) keepFromMending(false);
});
// Where the check can't be had for now it is asked for again.
const AGAIN_AFTER_MS = 5_000;
const watchAgain = () => setTimeout(() => htmx.trigger("#watch", "again"), AGAIN_AFTER_MS);
document.addEventListener("htmx:beforeSwap", (event) => {
  const { elt } = event.detail.requestConfig;
  if (elt.id !== "watch" || !BUSY.includes(event.detail.xhr.status)) return;
  event.detail.shouldSwap = false;
  watchAgain();
});
document.addEventListener("htmx:sendError", ({ target }) => { if (target.id === "watch") watchAgain(); });
let isAmongProblems = false;
document.addEventListener("focusin", ({ target }) => { isAmongProblems = Boolean(target.closest("#problems")); });
document.addEventListener("htmx:afterSettle", () => {
  take();
  if (typed !== sent) return;
  mark();
  const left = mends();
  // Who went through the problems goes on with the next.
  const isLost = isAmongProblems && document.activeElement === document.body;
  if (isLost && !left.some((one) => one.disabled)) (left[0] ?? document.querySelector("#problems-title")).focus();
});

// What the service has put into the file, as a mend does, comes into the editor where it differs.
function take() {
  const now = view.state.doc.toString(), then = area().value;
  if (typed !== sent || now === then) return;
  let from = 0, end = 0;
  while (from < now.length && now[from] === then[from]) from += 1;
  const most = Math.min(now.length, then.length) - from;
  while (end < most && now.at(-1 - end) === then.at(-1 - end)) end += 1;
  const changes = { from, to: now.length - end, insert: then.slice(from, then.length - end) };
  view.dispatch({ changes, annotations: ofService.of(true), userEvent: "input" });
}

// Chromium keeps the look of a text that is typed over in a style of its own, which the policy of the page refuses.
const typedOver = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { main } = view.state.selection, { data } = event;
    if (event.inputType !== "insertText" || data === null || main.empty || view.composing) return false;
    event.preventDefault();
    const typing = () => view.state.update(view.state.replaceSelection(data), { userEvent: "input.type", scrollIntoView: true });
    const handlers = view.state.facet(EditorView.inputHandler);
    if (!handlers.some((handles) => handles(view, main.from, main.to, data, typing))) view.dispatch(typing());
    return true;
  },
});

// -- the editor -----------------------------------------------------------------------------------------------

const dark = matchMedia("(prefers-color-scheme: dark)");
const theme = new Compartment();
const view = new EditorView({
  doc: area().value,
  parent: document.querySelector("#editor"),
  extensions: [
    keymap.of([{ key: "Mod-s", run: () => (save(), true) }, { key: "Tab", run: acceptCompletion }, indentWithTab]),
    basicSetup,
    yaml(),
    indentUnit.of("  "),
    syntaxHighlighting(classHighlighter),
    lintGutter(),
    readonly
      ? [EditorView.editable.of(false), EditorState.readOnly.of(true)]
      : [autocompletion({ override: [complete], activateOnTypingDelay: 200, icons: false }), hovering],
    EditorView.cspNonce.of(nonce),
    EditorView.lineWrapping,
    typedOver,
    EditorView.contentAttributes.of({ "aria-labelledby": "text-label", "aria-describedby": "text-help", lang: "", tabindex: "0" }),
    theme.of(EditorView.darkTheme.of(dark.matches)),
    EditorView.updateListener.of((update) => {
      if (!update.docChanged || update.transactions.every((one) => one.annotation(ofService))) return;
      typed += 1;
      goOn = null; // who types on stays
      clearTimeout(waiting);
      waiting = setTimeout(save, SAVE_AFTER_MS);
      tell();
    }),
  ],
});
dark.addEventListener("change", () => view.dispatch({ effects: theme.reconfigure(EditorView.darkTheme.of(dark.matches)) }));
document.documentElement.classList.add("edits");
mark();
const at = /^(\d+):(\d+)$/.exec(new URLSearchParams(location.search).get("at") ?? "");
if (at) goTo(Number(at[1]), Number(at[2]));
