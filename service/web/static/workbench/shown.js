// An answer stands for what the form beside it shows: from a change on it is marked, until that of the change comes.
"use strict";
const formOf = (event) => event.target instanceof Element && Element.prototype.closest.call(event.target, "form[hx-post]");
const mark = (form) => form.parentElement.querySelector(".answer").classList.add("before");

document.addEventListener("input", (event) => {
  const form = formOf(event);
  if (!form) return;
  htmx.trigger(form, "htmx:abort"); // its answer might put another field in the place of the one that is typed in
  mark(form);
});
document.addEventListener("submit", (event) => {
  const form = formOf(event);
  if (!form) return;
  mark(form);
  const { submitter } = event;
  if (!submitter?.name) return;
  // What a button says is sent with the next change, too: that may overtake it.
  submitter.after(Object.assign(document.createElement("input"), { type: "hidden", name: submitter.name, value: submitter.value }));
});
