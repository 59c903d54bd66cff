// What is shown while the service is asked and once it has answered: progress, focus, sign-in midway, copying.
import "./aborting.js";
import "./again.js";
import "./saying.js";
import "./standing.js";

const ASKS = "form[hx-post]:not([data-signs-in])";
const MOST_TRIES = 3;
const UNREACHED = "The service can’t be reached. What you wrote is still here.";
const asking = () => document.querySelector(ASKS);

document.addEventListener("input", ({ target }) => { if (target.form?.matches?.(ASKS)) progress.rest(); });
document.addEventListener("change", (event) => {
  const { target } = event;
  if (target.type === "checkbox") {
    // "None of these" goes with no other answer. This comes before the form is sent.
    const others = [...(target.closest("fieldset")?.querySelectorAll("input[type=checkbox]") ?? [])];
    const none = others.find((one) => one.value === "(none)");
    if (none && target.checked) others.forEach((one) => { if ((one === none) !== (target === none)) one.checked = false; });
  }
  if (target.form && !target.form.contains(target)) target.form.requestSubmit();
}, true);

// What takes long is said after a moment, can be stopped, and is asked again where the service says so.
const progress = {
  timers: [],
  tries: 0,
  say(text, stops = false) {
    const bar = document.querySelector(".progress");
    if (!bar) return;
    bar.querySelector("span").textContent = text;
    bar.querySelector("button").hidden = !stops;
  },
  rest() {
    this.timers.forEach(clearTimeout);
    this.timers = [];
    this.say("");
  },
  begin() {
    this.rest();
    this.timers = [setTimeout(() => this.say("Working"), 300), setTimeout(() => this.say("Working", true), 10_000)];
  },
  again(form, seconds) {
    this.rest();
    this.tries += 1;
    this.say(`The service can’t answer just now. It is asked again in ${seconds} s (${this.tries} of ${MOST_TRIES}).`, true);
    this.timers = [setTimeout(() => form.requestSubmit(), seconds * 1000)];
  },
};

// Who types in a list looks for an option: the form, which may be replaced, is sent once he has found it.
const SOUGHT_MS = 600;
let typed = 0, sending = 0;
document.addEventListener("keydown", (event) => { if (event.target.matches("select")) typed = Date.now(); });
document.addEventListener("htmx:beforeRequest", (event) => {
  const { elt, requestConfig } = event.detail;
  clearTimeout(sending);
  const { type, target } = requestConfig.triggeringEvent ?? {};
  if (elt.matches(ASKS) && type === "change" && target.matches("select") && Date.now() - typed < SOUGHT_MS) {
    event.preventDefault();
    sending = setTimeout(() => elt.requestSubmit(), SOUGHT_MS);
  } else if (!elt.matches("[data-waits]")) {
    progress.begin();
  }
});
document.addEventListener("htmx:afterRequest", ({ detail }) => { if (detail.successful) progress.tries = 0; });
document.addEventListener("htmx:sendError", ({ target }) => {
  if (target.matches?.(ASKS) && progress.tries < MOST_TRIES) progress.again(target, 2);
  else progress.say(UNREACHED);
});
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig } = event.detail;
  const form = requestConfig.elt;
  progress.rest();
  const isForeign = xhr.status >= 500 && !xhr.responseText.includes('id="problem"'); // as of a proxy before the service
  if (([429, 503].includes(xhr.status) || isForeign) && form.matches(ASKS) && progress.tries < MOST_TRIES) {
    event.detail.shouldSwap = false;
    progress.again(form, Math.min(Number(xhr.getResponseHeader("Retry-After")) || 5, 60));
  } else if (isForeign) {
    event.detail.shouldSwap = false;
    progress.say(UNREACHED);
  } else if (form.matches("[data-signs-in]") && xhr.status === 200) {
    // Signed in midway: forms speak for the new session, and the same request goes on.
    event.detail.shouldSwap = false;
    const page = new DOMParser().parseFromString(xhr.responseText, "text/html");
    const { value } = page.querySelector("input[name='.token']");
    document.querySelectorAll("input[name='.token']").forEach((one) => { one.value = value; });
    asking().requestSubmit();
  }
});
// Who stands in what is swapped stands there still: on the same link or button, or the one in its place. What was open stays open.
const TO_STAND_ON = "a[href], button, summary, input, select, textarea";
const keyOf = (one) => one.id || one.parentElement.querySelector("[id]")?.id;
let stood = null, opened = [];
function likeness({ tagName, textContent, name, value }) {
  return [tagName, textContent, name, value].join("\n");
}
document.addEventListener("htmx:beforeSwap", () => {
  const on = document.activeElement;
  opened = [...document.querySelectorAll("details[open]")].map(keyOf).filter(Boolean);
  const region = on.matches(TO_STAND_ON) && on.parentElement.closest("[id]");
  if (!region) return;
  const place = [...region.querySelectorAll(on.tagName)].indexOf(on);
  stood = { on, region: region.id, like: likeness(on), tag: on.tagName, place };
});
document.addEventListener("htmx:afterSettle", () => {
  document.querySelectorAll("details:not([open])").forEach((one) => { if (opened.includes(keyOf(one))) one.open = true; });
  const { on, region, like, tag, place } = stood ?? {};
  if (!on || on.isConnected) return;
  stood = null;
  const now = document.getElementById(region);
  if (document.activeElement !== document.body || !now) return;
  const others = [...now.querySelectorAll(tag)];
  const same = others.find((one) => likeness(one) === like);
  if (!same && tag === "BUTTON") return; // another button does something else
  if (!same && !others.length) now.tabIndex = -1;
  (same ?? others[Math.min(place, others.length - 1)] ?? now).focus({ preventScroll: true });
}, true);
document.addEventListener("click", async ({ target }) => {
  if (target.closest(".progress button")) {
    progress.rest();
    htmx.trigger(asking(), "htmx:abort");
    progress.say(`Stopped. “${asking().querySelector("button.main").textContent}” asks again.`);
    return;
  }
  if (target.closest("[data-prints]")) window.print();
  const copies = target.closest("[data-copies]");
  if (!copies) return;
  const { copies: what } = copies.dataset;
  const text = what.startsWith("#") ? document.querySelector(what).textContent : new URL(what, location).href;
  try {
    await navigator.clipboard.writeText(text);
    copies.nextElementSibling.textContent = "Copied";
  } catch {
    copies.nextElementSibling.textContent = "The browser lets nothing be copied here";
  }
});
