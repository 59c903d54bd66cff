// A page has one polite status region. What an element with `data-says` comes to say, once it is there and can be seen,
// is told in it; what it said when the page was opened is read with the page.

const AFTER_MS = 500; // what comes and goes, as while somebody types, is not told
const region = document.querySelector("#said");
const main = document.querySelector("main");

function says() {
  const texts = [...main.querySelectorAll("[data-says]")]
    .filter((one) => one.checkVisibility({ visibilityProperty: true }))
    .map((one) => one.textContent.replace(/\s+/g, " ").trim());
  return texts.filter(Boolean);
}

let before = says();
let waits = 0;
function tell() {
  waits = 0;
  const now = says();
  const told = now.filter((one) => !before.includes(one));
  before = now;
  if (told.length) region.textContent = told.join(" ");
}
const observer = new MutationObserver(() => { waits ||= setTimeout(tell, AFTER_MS); });
observer.observe(main, { subtree: true, childList: true, characterData: true, attributeFilter: ["class", "hidden", "open"] });
