// An answer stands unmarked beside exactly those answers of which it was made. Beside any others it is marked, and comes anew.

const QUESTIONS = "form.questions";
const questions = () => document.querySelector(QUESTIONS);
const answer = () => document.querySelector(".answer");

// What a form would send, but for what only says whose it is; `cameSo`: as the page came, whatever stands in it now.
const COUNTS = (one) => one.name && one.name !== ".token" && one.localName !== "button";
const cameWith = (one) => (one.options ? [...one.options].find((option) => option.defaultSelected) ?? one.options[0] : one);
function filledIn(form, cameSo = false) {
  return JSON.stringify([...form.elements].filter(COUNTS).map((one) => [
    one.name,
    cameSo ? (cameWith(one).defaultValue ?? cameWith(one).value) : one.value,
    cameSo ? one.defaultChecked : one.checked,
  ]));
}

let madeOf = questions() && filledIn(questions(), true); // null: what stands there is no answer
let underWay = null; // that of which an answer is asked for

function tell() {
  const form = questions();
  if (form) answer()?.classList.toggle("before", filledIn(form) !== madeOf);
}
const formOf = ({ target }) => (target.form?.matches?.(QUESTIONS) ? target.form : null);
const isTyped = ({ type, target }) => type === "input" && target.matches("[inputmode]");

document.addEventListener("input", (event) => {
  const form = formOf(event);
  if (!form) return;
  htmx.trigger(form, "htmx:abort"); // its answer might put another field in the place of the one that is typed in
  form.classList.toggle("typing", isTyped(event));
  tell();
});
document.addEventListener("change", tell);
document.addEventListener("submit", ({ target, submitter }) => {
  if (!target.matches(QUESTIONS)) return;
  answer().classList.add("before");
  // What a button says is sent with the next change, too: that may overtake it.
  if (!submitter?.name || [...target.elements].some((one) => one.type === "hidden" && one.name === submitter.name)) return;
  submitter.after(Object.assign(document.createElement("input"), { type: "hidden", name: submitter.name, value: submitter.value }));
}, true);

// What was asked already, as by typing before the field is left, is not asked twice.
document.addEventListener("htmx:confirm", (event) => {
  const { elt, triggeringEvent } = event.detail;
  if (!elt.matches(QUESTIONS)) return;
  elt.classList.remove("typing");
  if (["input", "change"].includes(triggeringEvent?.type) && filledIn(elt) === (underWay ?? madeOf)) event.preventDefault();
});
document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.elt.matches(QUESTIONS)) detail.filledIn = filledIn(detail.elt);
});
document.addEventListener("htmx:beforeSend", ({ detail: { requestConfig } }) => { underWay = requestConfig.filledIn ?? underWay; });
document.addEventListener("htmx:afterRequest", ({ detail: { requestConfig } }) => {
  if (requestConfig.filledIn === underWay) underWay = null;
  tell();
});
document.addEventListener("htmx:beforeSwap", (event) => {
  const { requestConfig: { elt, filledIn: sent, triggeringEvent }, xhr } = event.detail;
  if (sent === undefined) return;
  underWay = null;
  if (sent !== filledIn(elt)) {
    event.detail.shouldSwap = false;
    elt.requestSubmit();
  } else if (xhr.status === 200 && isTyped(triggeringEvent ?? event)) {
    // Half a number is no mistake yet: it is told once the field is left.
    const page = new DOMParser().parseFromString(xhr.responseText, "text/html");
    const isHalf = page.getElementById(triggeringEvent.target.id)?.getAttribute("aria-invalid") === "true";
    if (isHalf) event.detail.shouldSwap = false;
  }
});
document.addEventListener("htmx:afterSwap", ({ detail: { requestConfig, xhr } }) => {
  const form = questions();
  if (form && requestConfig.filledIn !== undefined) madeOf = xhr.status < 400 ? filledIn(form) : null;
  tell();
});
document.addEventListener("htmx:afterSettle", tell); // htmx gives back what attributes were as the answer came
addEventListener("pageshow", () => {
  tell();
  if (questions() && filledIn(questions()) !== madeOf && underWay === null) questions().requestSubmit();
});
