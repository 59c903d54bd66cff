// Who answers on takes back what was asked before: that is no fault, so htmx writes none into the console.

const asked = new WeakMap();
document.addEventListener("htmx:beforeRequest", ({ target, detail }) => asked.set(target, detail));
document.addEventListener("htmx:abort", ({ target }) => {
  const told = asked.get(target);
  if (told) told.error = "";
}, true);
